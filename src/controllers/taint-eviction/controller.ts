import { node as nodeKind } from "../../kinds/core/node/kind.ts";
import { conditionOf, setPodCondition } from "../../kinds/core/pod/conditions.ts";
import { pod as podKind } from "../../kinds/core/pod/kind.ts";
import type { Change } from "../../kinds/kind.ts";
import { toleratesTaint } from "../../kinds/pod-spec/tolerations.ts";
import type { Transaction } from "../../kinds/transaction.ts";
import type { Pod, Taint } from "../../kinds/types/core-v1.generated.ts";
import { parseTime } from "../../kinds/values/time.ts";
import { itself, type Controller } from "../controller.ts";

/** Deletes the pods of a node that do not tolerate its NoExecute taints, each when the shortest of its tolerations has run out. */
export const taintEvictionController: Controller = {
  name: "taint-eviction-controller",
  watches: [itself(nodeKind), { kind: podKind, keys: newlyPlaced }],
  reconcile(tx, name) {
    const taints = tx.get(nodeKind, undefined, name)?.spec?.taints?.filter((taint) => taint.effect === "NoExecute") ?? [];
    if (taints.length === 0) return;
    let nextMs = Infinity;
    for (const pod of tx.list(podKind, { field: { path: "spec.nodeName", value: name } })) {
      if (pod.metadata.deletionTimestamp) continue;
      const dueMs = evictionDueMs(pod, taints);
      if (dueMs === undefined) continue;
      if (dueMs <= tx.nowMs) evict(tx, pod);
      else nextMs = Math.min(nextMs, dueMs);
    }
    if (nextMs < Infinity) return { requeueAfterMs: nextMs - tx.nowMs };
  },
};

/** Undefined: it tolerates all of them for good. */
function evictionDueMs(pod: Pod, taints: readonly Taint[]): number | undefined {
  const dues = taints.map((taint) => {
    const tolerations = (pod.spec?.tolerations ?? []).filter((toleration) => toleratesTaint([toleration], taint));
    if (tolerations.length === 0) return 0;
    // node-lifecycle is about to note when it was added.
    if (!taint.timeAdded && tolerations.some((toleration) => toleration.tolerationSeconds)) return Infinity;
    const limits = tolerations.map((toleration) => toleration.tolerationSeconds).filter((seconds) => seconds !== undefined).map(Number);
    // Who came to a node that was tainted already has its time from then on.
    const since = Math.max(taint.timeAdded ? parseTime(taint.timeAdded) : 0, placedMs(pod));
    return limits.length === 0 ? Infinity : since + Math.max(0, Math.min(...limits)) * 1000;
  });
  const due = Math.min(...dues);
  return due === Infinity ? undefined : due;
}

function placedMs(pod: Pod): number {
  const placed = conditionOf(pod.status, "PodScheduled");
  return placed?.status === "True" && placed.lastTransitionTime ? parseTime(placed.lastTransitionTime) : 0;
}

function evict(tx: Transaction, pod: Pod): void {
  const { namespace, name, uid } = pod.metadata;
  tx.event(pod, { type: "Normal", reason: "TaintManagerEviction", message: `Marking for deletion Pod ${namespace}/${name}`, source: "taint-eviction-controller" });
  tx.update(podKind, namespace, name!, (draft) => {
    setPodCondition((draft.status ??= {}), { type: "DisruptionTarget", observedGeneration: pod.metadata.generation, status: "True", reason: "DeletionByTaintManager", message: "Taint manager: deleting due to NoExecute taint" }, tx.nowMs);
  }, { subresource: "status" });
  tx.delete(podKind, namespace, name!, { preconditions: { uid } });
}

function* newlyPlaced({ type, object, previous }: Change<Pod>): Iterable<string> {
  const node = object.spec?.nodeName;
  if (type !== "DELETED" && node && previous?.spec?.nodeName !== node) yield node;
}
