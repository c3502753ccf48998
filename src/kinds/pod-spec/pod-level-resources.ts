import { containersNeed } from "./effective-resources.ts";
import { isHugePages, isPodLevel } from "./resource-names.ts";
import type { PodSpec } from "../types/core-v1.generated.ts";

/**
 * Where resources of the whole pod are given: limits of huge pages follow the containers, and requests follow the
 * containers' sum or else the pod's limits (KEP-2837).
 */
export function defaultPodLevelResources(spec: PodSpec): void {
  const { resources } = spec;
  if (!resources) return;
  if (size(resources.limits) > 0 || size(resources.requests) > 0) defaultHugePageLimits(spec, resources);
  if (size(resources.limits) > 0) defaultRequests(spec, resources);
}

function defaultHugePageLimits(spec: PodSpec, resources: NonNullable<PodSpec["resources"]>): void {
  const limits = { ...resources.limits };
  for (const [name, value] of Object.entries(containersNeed(spec, "limits"))) {
    if (isHugePages(name) && resources.requests?.[name] === undefined) limits[name] ??= value;
  }
  if (size(limits) > 0) resources.limits = limits;
}

function defaultRequests(spec: PodSpec, resources: NonNullable<PodSpec["resources"]>): void {
  const requests = { ...resources.requests };
  for (const [name, value] of Object.entries(containersNeed(spec, "requests"))) {
    if (name === "cpu" || name === "memory") requests[name] ??= value;
  }
  for (const [name, value] of Object.entries(resources.limits ?? {})) if (isPodLevel(name)) requests[name] ??= value;
  if (size(requests) > 0) resources.requests = requests;
}

const size = (list: Record<string, string> | undefined): number => (list ? Object.keys(list).length : 0);
