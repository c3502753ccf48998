import { afterAll, beforeAll, describe } from "vitest";
import type { Service } from "../../../cli/process.ts";
import { CLIENT_VERSIONS, clients, type ClientVersion } from "./clients.ts";
import { startHollowNodes } from "./hollow-nodes.ts";
import { clientsWith, type InstallationClients, startTestControlPlane, type TestInstallation } from "./installation.ts";
import type { Outcome } from "./run-client.ts";
import { type RunningClient, startClient } from "./running-client.ts";

/** kubectl and helm of one version in a namespace of its own. Arguments are cut at spaces; the last may be given whole. */
export interface VersionedClients {
  readonly version: ClientVersion;
  readonly namespace: string;
  readonly installation: TestInstallation;
  kubectl(line: string, ...rest: string[]): Promise<string>;
  /** Of which failure is expected. */
  tryKubectl(line: string, ...rest: string[]): Promise<Outcome>;
  kubectlWithInput(line: string, input: string | object): Promise<Outcome>;
  apply(manifest: object, ...args: string[]): Promise<string>;
  getJson<T = any>(line: string): Promise<T>;
  /** kubectl that runs until it is stopped. */
  start(line: string, ...rest: string[]): RunningClient;
  /** kubectl with an environment on top of its own. */
  kubectlIn(env: NodeJS.ProcessEnv, args: readonly string[], input?: string): Promise<Outcome>;
  helm(line: string, ...rest: string[]): Promise<string>;
  tryHelm(line: string, ...rest: string[]): Promise<Outcome>;
}

export interface VersionsOptions { hollowNodes?: number; versions?: readonly ClientVersion[] }

/** The same tests for every version of kubectl and helm, against one control plane of their own, with hollow nodes on wish. */
export function describeVersions(name: string, options: VersionsOptions, tests: (clients: VersionedClients) => void): void {
  let installation: TestInstallation;
  let nodes: Service | undefined;
  beforeAll(async () => {
    installation = await startTestControlPlane();
    if (options.hollowNodes) nodes = await startHollowNodes(installation, options.hollowNodes);
  });
  afterAll(async () => {
    await nodes?.stop();
    await installation?.stop();
  });
  describe.each(options.versions ?? CLIENT_VERSIONS)(`${name} %s`, (version) => {
    let plain: InstallationClients;
    beforeAll(async () => {
      plain = clientsWith(installation.kubeconfig, installation.dataDir, version);
      await plain.kubectl(["create", "namespace", version]);
    });
    tests({
      version, namespace: version,
      get installation() { return installation; },
      kubectl: (line, ...rest) => plain.kubectl([...placed(line, version), ...rest]),
      tryKubectl: (line, ...rest) => plain.tryKubectl([...placed(line, version), ...rest]),
      kubectlWithInput: (line, input) => plain.tryKubectl(placed(line, version), typeof input === "string" ? input : JSON.stringify(input)),
      apply: (manifest, ...args) => plain.kubectl(["-n", version, "apply", ...args, "-f", "-"], JSON.stringify(manifest)),
      getJson: async (line) => JSON.parse(await plain.kubectl([...placed(`get ${line} -o json`, version)])),
      start: (line, ...rest) => startClient(clients(version).kubectl, [...placed(line, version), ...rest], { PATH: process.env.PATH, HOME: installation.dataDir, KUBECONFIG: installation.kubeconfig }),
      kubectlIn: (env, args, input) => clientsWith(installation.kubeconfig, installation.dataDir, version, env).tryKubectl(["-n", version, ...args], input),
      helm: (line, ...rest) => plain.helm([...placed(line, version), ...rest]),
      tryHelm: (line, ...rest) => plain.tryHelm([...placed(line, version), ...rest]),
    });
  });
}

const placed = (line: string, namespace: string): string[] => ["-n", namespace, ...line.split(" ").filter(Boolean)];
