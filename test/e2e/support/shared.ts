import { afterAll, beforeAll, inject } from "vitest";
import { clients } from "./clients.ts";
import { clientsWith, tokenOf } from "./installation.ts";
import type { Outcome } from "./run-client.ts";
import { type RunningClient, startClient } from "./running-client.ts";

export { eventually } from "./eventually.ts";
export type { RunningClient } from "./running-client.ts";

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

export const startKubectl = (line: string, ...rest: string[]): RunningClient =>
  startClient(clients().kubectl, [...words(line), ...rest], { PATH: process.env.PATH, HOME: installation.dataDir, KUBECONFIG: installation.kubeconfig });
