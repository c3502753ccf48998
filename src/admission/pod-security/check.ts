import type { ObjectMeta } from "../../kinds/object.ts";
import type { Container, PodSpec, SecurityContext } from "../../kinds/types/core-v1.generated.ts";

/** One rule of the Pod Security Standards; the reasons and details are upstream's, which users and tests read. */
export interface Check {
  /** From this minor version of Kubernetes on; a later entry of the same check replaces an earlier one. */
  readonly from: number;
  find(pod: CheckedPod): Violation | undefined;
}

export interface CheckedPod { metadata: Pick<ObjectMeta, "annotations">; spec: PodSpec }
export interface Violation { reason: string; detail: string }

export const isWindows = ({ spec }: CheckedPod): boolean => spec.os?.name === "windows";
/** Root in a user namespace of its own is not root. */
export const hasOwnUsers = ({ spec }: CheckedPod): boolean => spec.hostUsers === false;

export const containersOf = ({ spec }: CheckedPod): Container[] =>
  [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...((spec.ephemeralContainers ?? []) as Container[])];

export const quoted = (texts: Iterable<string>): string => [...texts].map((text) => `"${text}"`).join(", ");
export const sorted = (texts: Iterable<string>): string[] => [...new Set(texts)].sort();
export const plural = (one: string, many: string, count: number): string => (count === 1 ? one : many);
export const named = (containers: readonly Container[]): string => `${plural("container", "containers", containers.length)} ${quoted(containers.map((c) => c.name))}`;

/** `pod and containers "a", "b"`, of those whose security context is bad. */
export function setters(pod: CheckedPod, isBad: (context: SecurityContext) => boolean): string {
  const containers = containersOf(pod).filter(({ securityContext }) => securityContext && isBad(securityContext));
  const own = pod.spec.securityContext && isBad(pod.spec.securityContext as SecurityContext) ? ["pod"] : [];
  return [...own, ...(containers.length > 0 ? [named(containers)] : [])].join(" and ");
}

/** A violation of all containers for which it holds, as most rules are. */
export const eachContainer = (reason: string, isBad: (container: Container) => boolean, detail: (names: string) => string) => (pod: CheckedPod): Violation | undefined => {
  const bad = containersOf(pod).filter(isBad);
  return bad.length === 0 ? undefined : { reason, detail: detail(named(bad)) };
};

export const unless = (exempt: (pod: CheckedPod) => boolean, find: Check["find"]): Check["find"] => (pod) => (exempt(pod) ? undefined : find(pod));
