import { node as nodeKind } from "../../kinds/core/node/kind.ts";
import { setPodCondition } from "../../kinds/core/pod/conditions.ts";
import { pod as podKind } from "../../kinds/core/pod/kind.ts";
import { createdMs, isTerminal } from "../../kinds/core/pod/readiness.ts";
import type { Change } from "../../kinds/kind.ts";
import type { Reader, Transaction } from "../../kinds/transaction.ts";
import type { Node, Pod } from "../../kinds/types/core-v1.generated.ts";
import { splitKey, type Controller } from "../controller.ts";

/** A node that is deleted and comes back within this time keeps its pods (upstream's quarantine). */
const QUARANTINE_MS = 40_000;
/** Beyond so many terminated pods the oldest go (upstream's --terminated-pod-gc-threshold). */
const TERMINATED_MAX = 12_500;
const TERMINATED = "terminated";
const OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";

/**
 * Removes pods that no agent will ever finish: those of nodes that are gone (key `node/<name>`, and `gone/<name>` when its time
 * to come back is over), those deleted before they were placed (key `pod/<namespace>/<name>`), and the oldest of too many
 * terminated ones.
 */
export const podGarbageController: Controller = {
  name: "pod-garbage-collector",
  watches: [
    { kind: nodeKind, keys: leavingNode },
    { kind: podKind, keys: suspects },
  ],
  reconcile(tx, key) {
    if (key === TERMINATED) return removeTerminated(tx);
    const [what, ...rest] = key.split("/");
    if (what === "node") return lookAtNode(tx, rest[0]!);
    if (what === "gone") return tx.get(nodeKind, undefined, rest[0]!) ? undefined : removePods(tx, rest[0]!, () => true);
    const { namespace, name } = splitKey(rest.join("/"));
    const pod = tx.get(podKind, namespace, name);
    if (pod?.metadata.deletionTimestamp && !pod.spec?.nodeName) tx.delete(podKind, namespace, name, { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } });
  },
};

function leavingNode({ type, object }: Change<Node>): string[] {
  return type === "DELETED" || isOutOfService(object) ? [`node/${object.metadata.name}`] : [];
}

const isOutOfService = (node: Node): boolean => node.spec?.taints?.some((taint) => taint.key === OUT_OF_SERVICE) ?? false;

function* suspects(change: Change<Pod>, reader: Reader): Iterable<string> {
  const { object } = change;
  if (change.type === "DELETED") return;
  const node = object.spec?.nodeName;
  if (node && change.previous?.spec?.nodeName !== node && !reader.get(nodeKind, undefined, node)) yield `node/${node}`;
  if (object.metadata.deletionTimestamp && !object.spec?.nodeName) yield `pod/${object.metadata.namespace}/${object.metadata.name}`;
  if (isTerminal(object) && !(change.previous && isTerminal(change.previous))) yield TERMINATED;
}

/** A node that is gone gets its quarantine; of one that is out of service only what is being deleted is removed. */
function lookAtNode(tx: Transaction, name: string): void {
  const node = tx.get(nodeKind, undefined, name);
  if (!node) return tx.enqueue(podGarbageController.name, `gone/${name}`, tx.nowMs + QUARANTINE_MS);
  if (isOutOfService(node)) removePods(tx, name, (pod) => pod.metadata.deletionTimestamp !== undefined);
}

function removePods(tx: Transaction, node: string, concerned: (pod: Pod) => boolean): void {
  for (const pod of tx.list(podKind, { field: { path: "spec.nodeName", value: node } }).filter(concerned)) {
    const { namespace, name, uid } = pod.metadata;
    tx.update(podKind, namespace, name!, (draft) => {
      if (isTerminal(draft)) return;
      draft.status = { ...draft.status, phase: "Failed" };
      setPodCondition(draft.status, { type: "DisruptionTarget", observedGeneration: pod.metadata.generation, status: "True", reason: "DeletionByPodGC", message: "PodGC: node no longer exists" }, tx.nowMs);
    }, { subresource: "status" });
    tx.delete(podKind, namespace, name!, { gracePeriodSeconds: 0, preconditions: { uid } });
  }
}

function removeTerminated(tx: Transaction): void {
  if (tx.count(podKind) <= TERMINATED_MAX) return;
  const over = tx.list(podKind).filter(isTerminal).sort((a, b) => createdMs(a) - createdMs(b));
  for (const { metadata } of over.slice(0, Math.max(0, over.length - TERMINATED_MAX))) tx.delete(podKind, metadata.namespace, metadata.name!, { gracePeriodSeconds: 0 });
}
