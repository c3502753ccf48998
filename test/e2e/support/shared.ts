import { spawn, type ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, inject } from "vitest";
import { clients } from "./clients.ts";
import { clientsWith, tokenOf } from "./installation.ts";
import type { Outcome } from "./run-client.ts";

/** The installation that all test files share (start-shared.ts). */
const shared = inject("installation");
export const hasContainers = shared !== undefined;
export const installation = shared as NonNullable<typeof shared>;
export const adminToken = (): string => tokenOf(installation.kubeconfig);
export const IMAGE = "isopod.example/busybox:1";

const plain = shared && clientsWith(shared.kubeconfig, shared.dataDir);

/** kubectl as the cluster's administrator; arguments are cut at spaces, the last may be given whole. */
export const kubectl = (line: string, ...rest: string[]): Promise<string> => plain!.kubectl([...words(line), ...rest]);
export const tryKubectl = (line: string, ...rest: string[]): Promise<Outcome> => plain!.tryKubectl([...words(line), ...rest]);
export const helm = (line: string, ...rest: string[]): Promise<string> => plain!.helm([...words(line), ...rest]);
export const tryHelm = (line: string, ...rest: string[]): Promise<Outcome> => plain!.tryHelm([...words(line), ...rest]);
export const apply = (manifest: string | object, ...args: string[]): Promise<string> =>
  plain!.kubectl(["apply", ...args, "-f", "-"], typeof manifest === "string" ? manifest : JSON.stringify(manifest));
export const kubectlWithInput = (line: string, input: string): Promise<Outcome> => plain!.tryKubectl(words(line), input);
export async function getJson<T = any>(line: string): Promise<T> {
  return JSON.parse(await kubectl(`get ${line} -o json`)) as T;
}

const words = (line: string): string[] => line.split(" ").filter(Boolean);

/** A namespace for the tests of one file, gone afterwards with all that is in it. */
export function useNamespace(name: string): void {
  beforeAll(async () => { if (hasContainers) await kubectl(`create namespace ${name}`); });
  afterAll(async () => { if (hasContainers) await kubectl(`delete namespace ${name} --wait=false`); });
}

/** A client that runs until it is stopped, such as port-forward or a watch. */
export interface RunningClient { output(): string; until(pattern: RegExp): Promise<RegExpExecArray>; exited: Promise<number>; child: ChildProcess; stop(): Promise<void> }

export function startKubectl(line: string, ...rest: string[]): RunningClient {
  const child = spawn(clients().kubectl, [...words(line), ...rest], { env: { PATH: process.env.PATH, HOME: installation.dataDir, KUBECONFIG: installation.kubeconfig }, stdio: ["pipe", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk: string) => { text += chunk; });
  const exited = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? -1)));
  return {
    child, exited, output: () => text,
    until: (pattern) => eventually(() => pattern.exec(text) ?? fail(`${line}: no ${pattern} in ${JSON.stringify(text)}`)),
    stop: async () => { child.kill("SIGKILL"); await exited; },
  };
}

function fail(message: string): never { throw new Error(message); }

/** Tries until it neither throws nor gives false; then throws what the last try threw. */
export async function eventually<T>(attempt: () => T | Promise<T>, ms = 30_000): Promise<T> {
  const untilMs = Date.now() + ms;
  for (;;) {
    try {
      const value = await attempt();
      if (value !== false) return value;
      if (Date.now() > untilMs) fail(`not within ${ms} ms`);
    } catch (error) {
      if (Date.now() > untilMs) throw error;
    }
    await sleep(100);
  }
}
