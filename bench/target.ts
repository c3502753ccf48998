import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterStatistics } from "../src/api/cluster-stub.ts";
import type { TestInstallation } from "../test/e2e/support/installation.ts";

/** What is measured: the installation's default cluster, and what the options say about how. */
export interface Target {
  origin: string;
  caPem: string;
  token: string;
  installation: TestInstallation;
  /** Shorter measurements, for trying things out. */
  quick: boolean;
}

export interface Benchmark {
  name: string;
  /** Needs a node that runs real containers. */
  needsNode?: boolean;
  run(target: Target): Promise<import("./figure.ts").Figure[]>;
}

/** Asks the Kubernetes API; throws unless the answer is 2xx. */
export async function ask<R = unknown>(target: Target, method: string, path: string, body?: unknown, contentType?: string): Promise<R> {
  const options = { token: target.token, ...(body !== undefined && { body: JSON.stringify(body) }), ...(contentType !== undefined && { contentType }) };
  const answer = await target.installation.controlPlane.ask(method, path, options);
  if (answer.status < 200 || answer.status > 299) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
  return JSON.parse(answer.body) as R;
}

export async function statistics(target: Target): Promise<ClusterStatistics> {
  return await target.installation.controlPlane.platform("GET", "/clusters/default/statistics") as ClusterStatistics;
}

export async function createNamespace(target: Target, name: string): Promise<void> {
  await ask(target, "POST", "/api/v1/namespaces", { metadata: { name } });
}

/** A ConfigMap of about 2.4 KB as JSON. */
export function configMap(name: string, salt = 0): string {
  const data: Record<string, string> = {};
  for (let i = 0; i < 10; i++) data[`key-${i}`] = `${salt}-`.padEnd(200, "abcdefghij");
  return JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels: { app: "bench", part: String(salt % 10) } }, data });
}

/** Resident memory in MB, as the kernel counts it. */
export function residentMb(pid: number): number {
  const status = readFileSync(join("/proc", String(pid), "status"), "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) / 1024;
}

/** Resident memory of the process whose command line has both texts. */
export function processMemoryMb(...texts: readonly string[]): number {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const found = pids.find((pid) => {
    try {
      const [command = "", ...args] = readFileSync(join("/proc", pid, "cmdline"), "utf8").split("\0");
      return command.endsWith("node") && texts.every((text) => args.join(" ").includes(text));
    } catch {
      return false; // it has ended
    }
  });
  if (!found) throw new Error(`no process has ${texts.join(" and ")} in its command line`);
  return residentMb(Number(found));
}

export async function until<R>(what: string, look: () => Promise<R | undefined> | R | undefined, timeoutMs = 30_000, intervalMs = 10): Promise<R> {
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > endMs) throw new Error(`${what}: not within ${timeoutMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
