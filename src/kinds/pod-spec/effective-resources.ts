import { addLists, maxLists } from "./quantity-checks.ts";
import { isPodLevel } from "./resource-names.ts";
import type { Container, PodSpec } from "../types/core-v1.generated.ts";

/** An init container that stays: it counts beside the main containers. */
export const isSidecar = (container: Container): boolean => container.restartPolicy === "Always";

/**
 * What the containers of a pod need at once: the main containers and sidecars together, or the most demanding moment
 * of initialization, whichever is more (k8s.io/component-helpers/resource). Overhead and pod-level resources are not in it.
 */
export function containersNeed(spec: PodSpec, of: "requests" | "limits"): Record<string, string> {
  let running: Record<string, string> = {};
  for (const container of spec.containers ?? []) running = addLists(running, container.resources?.[of]);
  let sidecars: Record<string, string> = {};
  let starting: Record<string, string> = {};
  for (const container of spec.initContainers ?? []) {
    if (isSidecar(container)) {
      running = addLists(running, container.resources?.[of]);
      sidecars = addLists(sidecars, container.resources?.[of]);
      starting = maxLists(starting, sidecars);
    } else starting = maxLists(starting, addLists(sidecars, container.resources?.[of]));
  }
  return maxLists(running, starting);
}

/** All that a pod takes: with what it states as a whole instead of its containers, and its overhead. */
export function podNeeds(spec: PodSpec, of: "requests" | "limits"): Readonly<Record<string, string>> {
  const own = Object.entries(spec.resources?.[of] ?? {}).filter(([name]) => isPodLevel(name));
  const needs = { ...containersNeed(spec, of), ...Object.fromEntries(own) };
  if (!spec.overhead) return needs;
  const overhead = of === "requests" ? spec.overhead : Object.fromEntries(Object.entries(spec.overhead).filter(([name]) => name in needs));
  return addLists(needs, overhead);
}
