import { containersNeed } from "../kinds/pod-spec/effective-resources.ts";
import type { Container, Pod } from "../kinds/types/core-v1.generated.ts";
import { quantityMilli, quantityUnits } from "../kinds/values/quantity.ts";
import type { HostPort } from "./plugin.ts";

/** What a pod takes from a node. Resource names and units as in NodeInfo. */
export interface PodDemand {
  requests: ReadonlyMap<string, number>;
  scored: ReadonlyMap<string, number>;
  hostPorts: readonly HostPort[];
}

/** Upstream's assumption for containers that request nothing, so that such pods spread too. */
const UNREQUESTED_MILLICORES = 100;
const UNREQUESTED_MEMORY_BYTES = 200 * 1024 * 1024;

const known = new WeakMap<Pod, PodDemand>();

/** Requests with init containers, sidecars, overhead and pod-level resources, plus one `pods`. */
export function podDemand(pod: Pod): PodDemand {
  let demand = known.get(pod);
  if (!demand) known.set(pod, (demand = computeDemand(pod)));
  return demand;
}

export function resourceAmounts(list: Readonly<Record<string, string | number>> | undefined): Map<string, number> {
  return new Map(Object.entries(list ?? {}).map(([name, quantity]) => [name, name === "cpu" ? quantityMilli(quantity) : quantityUnits(quantity)]));
}

export function addAmounts(sums: Map<string, number>, amounts: ReadonlyMap<string, number>, sign: 1 | -1): void {
  for (const [name, amount] of amounts) sums.set(name, (sums.get(name) ?? 0) + sign * amount);
}

function computeDemand(pod: Pod): PodDemand {
  const needs = resourceAmounts({ ...containersNeed(pod.spec!, "requests"), ...pod.spec!.resources?.requests } as Record<string, string>);
  const requests = new Map(needs);
  const scored = new Map(needs);
  addAmounts(scored, unrequested(pod), 1);
  const overhead = resourceAmounts(pod.spec!.overhead);
  for (const sums of [requests, scored]) addAmounts(sums, overhead, 1);
  requests.set("pods", 1);
  return { requests, scored, hostPorts: hostPorts(pod) };
}

function unrequested(pod: Pod): Map<string, number> {
  const missing = (name: string) => (pod.spec!.containers ?? []).filter((c: Container) => c.resources?.requests?.[name] === undefined).length;
  return new Map([["cpu", missing("cpu") * UNREQUESTED_MILLICORES], ["memory", missing("memory") * UNREQUESTED_MEMORY_BYTES]]);
}

function hostPorts(pod: Pod): HostPort[] {
  const sidecars = (pod.spec!.initContainers ?? []).filter((c: Container) => c.restartPolicy === "Always");
  return [...(pod.spec!.containers ?? []), ...sidecars].flatMap((container: Container) =>
    (container.ports ?? []).filter((port) => (port.hostPort ?? 0) > 0).map((port) => ({ protocol: port.protocol ?? "TCP", ip: port.hostIP || "0.0.0.0", port: port.hostPort! })));
}
