/** Quality of service class, and what follows from it: OOM score adjustment. As upstream's qos package computes them. */
import { quantityMilli, quantityUnits } from "../../../src/kinds/values/quantity.ts";
import type { NamedContainer, Pod, QosClass } from "../types.ts";

export function qosClass(pod: Pod): QosClass {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const sets = pod.spec.resources ? [pod.spec.resources] : containers.map((c) => c.resources ?? {});
  const has = (list: Record<string, string> | undefined, name: string): boolean => list?.[name] !== undefined && quantityMilli(list[name]) > 0;
  const any = sets.some((r) => ["cpu", "memory"].some((n) => has(r.requests, n) || has(r.limits, n)));
  if (!any) return "BestEffort";
  const guaranteed = sets.every((r) => ["cpu", "memory"].every((n) =>
    has(r.limits, n) && (r.requests?.[n] === undefined || quantityMilli(r.requests[n]) === quantityMilli(r.limits![n]!))));
  return guaranteed ? "Guaranteed" : "Burstable";
}

export function oomScoreAdjust(pod: Pod, container: NamedContainer, memoryCapacityBytes: number): number {
  if ((pod.spec.priority ?? 0) >= 2_000_000_000) return -997;
  const qos = qosClass(pod);
  if (qos === "Guaranteed") return -997;
  if (qos === "BestEffort") return 1000;
  const request = quantityUnits(container.resources?.requests?.["memory"] ?? "0");
  const adjust = 1000 - Math.floor((1000 * request) / memoryCapacityBytes);
  return Math.min(Math.max(adjust, 3), 999);
}
