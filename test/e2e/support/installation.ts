import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { applyAuditPolicy } from "../../../cli/audit-policy.ts";
import { bundleWorker, WORKER_BUNDLE } from "../../../cli/bundle.ts";
import { createAdminKubeconfig } from "../../../cli/cluster-access.ts";
import { type ControlPlane, startControlPlane } from "../../../cli/control-plane.ts";
import { sourcePlaces } from "../../../cli/logs.ts";
import type { LocalNode } from "../../../cli/local-node.ts";
import type { AuditOptions } from "../../../cli/options.ts";
import { startInstallation } from "../../../cli/start.ts";
import { type ClientVersion, clients } from "./clients.ts";
import { type Outcome, runClient } from "./run-client.ts";

/**
 * A real installation for one test file: workerd on a free port, a data directory of its own, and on wish nodes with real
 * containers. It ends with `stop()` (or `await using`); workerd dies with the test's process in any case, and the data
 * directory is removed when that process exits.
 */
export interface TestInstallation extends AsyncDisposable {
  readonly origin: string;
  readonly caPem: string;
  readonly dataDir: string;
  readonly kubeconfig: string;
  /** Of the cluster's administrator. */
  readonly token: string;
  readonly controlPlane: ControlPlane;
  readonly nodes: readonly LocalNode[];
  /** Standard output; throws with standard error when it fails. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  helm(args: readonly string[], input?: string): Promise<string>;
  /** Of which failure is expected. */
  tryKubectl(args: readonly string[], input?: string): Promise<Outcome>;
  tryHelm(args: readonly string[], input?: string): Promise<Outcome>;
  stop(): Promise<void>;
}

export interface TestInstallationOptions {
  nodes?: number;
  /** Of an earlier installation, to start again on what it left; kept on stop. */
  dataDir?: string;
  port?: number;
  audit?: AuditOptions;
}

const CLUSTER = "default";

/** The control plane alone. */
export async function startTestControlPlane(options: Omit<TestInstallationOptions, "nodes"> = {}): Promise<TestInstallation> {
  const place = placeOf(options);
  try {
    bundleWorker();
    const controlPlane = await startControlPlane({ dataDir: place.dataDir, port: options.port ?? await freePort(), moreAddresses: [], defaultCluster: CLUSTER, ...(options.audit && { audit: options.audit }) });
    const access = async () => {
      const made = await createAdminKubeconfig(controlPlane, CLUSTER, place.dataDir);
      await applyAuditPolicy(controlPlane, CLUSTER, place.dataDir, options.audit ?? {});
      return made;
    };
    const kubeconfig = await access().catch(async (error: unknown) => {
      await controlPlane.stop();
      throw error;
    });
    return installation({ place, controlPlane, kubeconfig, nodes: [], end: () => controlPlane.stop() });
  } catch (error) {
    throw place.failed(error);
  }
}

/** What `npm start -- --nodes N` starts; needs root. */
export async function startTestInstallation(options: TestInstallationOptions = {}): Promise<TestInstallation> {
  const place = placeOf(options);
  try {
    const port = options.port ?? await freePort();
    const { controlPlane, kubeconfig, nodes, stop } = await startInstallation({ dataDir: place.dataDir, port, nodes: options.nodes ?? 1 }, () => {});
    return installation({ place, controlPlane, kubeconfig, nodes, end: stop });
  } catch (error) {
    throw place.failed(error);
  }
}

export const isRoot = process.getuid?.() === 0;

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

interface Place { dataDir: string; remove(): void; failed(error: unknown): Error }

/** Short paths: those of Unix sockets have 107 bytes at most. */
function placeOf({ dataDir: given }: TestInstallationOptions): Place {
  const dataDir = given ?? mkdtempSync("/tmp/iso-");
  const remove = () => { if (!given) rmSync(dataDir, { recursive: true, force: true }); };
  process.once("exit", remove);
  return {
    dataDir,
    remove: () => { process.off("exit", remove); remove(); },
    failed: (error) => {
      const log = join(dataDir, "workerd.log");
      const text = existsSync(log) ? sourcePlaces(`${WORKER_BUNDLE}.map`)(readFileSync(log, "utf8").slice(-2_000)) : "";
      remove();
      return new Error(`${error instanceof Error ? error.message : String(error)}\n${text}`, { cause: error });
    },
  };
}

interface Started { place: Place; controlPlane: ControlPlane; kubeconfig: string; nodes: readonly LocalNode[]; end(): Promise<void> }

function installation({ place, controlPlane, kubeconfig, nodes, end }: Started): TestInstallation {
  const stop = async () => {
    try { await end(); } finally { place.remove(); }
  };
  return {
    origin: controlPlane.origin, caPem: controlPlane.caPem, dataDir: place.dataDir, kubeconfig, controlPlane, nodes,
    token: tokenOf(kubeconfig), ...clientsWith(kubeconfig, place.dataDir),
    stop, [Symbol.asyncDispose]: stop,
  };
}

export const tokenOf = (kubeconfig: string): string => /token: "?([^\s"]+)/.exec(readFileSync(kubeconfig, "utf8"))![1]!;

export type InstallationClients = Pick<TestInstallation, "kubectl" | "helm" | "tryKubectl" | "tryHelm">;

/** The clients, their caches in the data directory, a folder for each version. */
export function clientsWith(kubeconfig: string, dataDir: string, version?: ClientVersion, more: NodeJS.ProcessEnv = {}): InstallationClients {
  const home = join(dataDir, `home${version ?? ""}`);
  mkdirSync(home, { recursive: true });
  const env = { PATH: process.env.PATH, HOME: home, KUBECONFIG: kubeconfig, ...more };
  const attempt = (name: "kubectl" | "helm") => (args: readonly string[], input?: string) => runClient(clients(version)[name], args, { env, input });
  const demand = (name: "kubectl" | "helm") => async (args: readonly string[], input?: string) => {
    const { code, stdout, stderr } = await attempt(name)(args, input);
    if (code !== 0) throw new Error(`${name} ${args.join(" ")} ended with code ${code}: ${stderr || stdout}`);
    return stdout;
  };
  return { kubectl: demand("kubectl"), helm: demand("helm"), tryKubectl: attempt("kubectl"), tryHelm: attempt("helm") };
}
