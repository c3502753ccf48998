import { objectKey, type Watch } from "../../controllers/controller.ts";
import { controllerOf } from "../../controllers/ownership.ts";
import { deepEqual } from "../../lib/deep-equal.ts";
import { conditionOf } from "../core/pod/conditions.ts";
import { isActive } from "../core/pod/readiness.ts";
import type { Kind } from "../kind.ts";
import type { KubeObject } from "../object.ts";
import type { Pod } from "../types/core-v1.generated.ts";
import type { LabelSelector } from "../types/meta-v1.generated.ts";
import { labelSelectorOf, matchesLabels } from "../values/label-selector.ts";

/**
 * Which workloads a pod's change wakes: its owner, and for a pod without one all that would adopt it. `concerns` says
 * what of a pod matters beyond labels, owners, deletion, being over, and readiness.
 */
export function podKeys<T extends KubeObject>(kind: Kind<T>, selectorOf: (owner: T) => LabelSelector | undefined, concerns: (pod: Pod) => unknown = () => undefined): Watch<Pod>["keys"] {
  const relevant = (pod: Pod) => [
    pod.metadata.labels, pod.metadata.ownerReferences, pod.metadata.deletionTimestamp, isActive({ metadata: {}, status: pod.status } as Pod), conditionOf(pod.status, "Ready"), concerns(pod),
  ];
  const group = kind.group;
  return function* keys({ type, object, previous }, reader) {
    if (previous && type === "MODIFIED" && deepEqual(relevant(object), relevant(previous))) return;
    for (const owner of new Set([controllerOf(object), previous && controllerOf(previous)])) {
      if (owner?.kind === kind.kind && groupOf(owner.apiVersion) === group) yield `${object.metadata.namespace}/${owner.name}`;
    }
    if (controllerOf(object) || type === "DELETED") return;
    for (const candidate of reader.list(kind, { namespace: object.metadata.namespace })) {
      if (matchesLabels(labelSelectorOf(selectorOf(candidate)), object.metadata.labels)) yield objectKey(candidate);
    }
  };
}

const groupOf = (apiVersion: string): string => (apiVersion.includes("/") ? apiVersion.split("/")[0]! : "");
