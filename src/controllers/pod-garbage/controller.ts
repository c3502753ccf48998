import { node as nodeKind } from "../../kinds/core/node/kind.ts";
import { setPodCondition } from "../../kinds/core/pod/conditions.ts";
import { pod as podKind } from "../../kinds/core/pod/kind.ts";
import type { Change } from "../../kinds/kind.ts";
import type { Transaction } from "../../kinds/transaction.ts";
import type { Node, Pod } from "../../kinds/types/core-v1.generated.ts";
import { parseTime } from "../../kinds/values/time.ts";
import { splitKey, type Controller } from "../controller.ts";

/** A node that is deleted and comes back within this time keeps its pods (upstream's quarantine). */
const QUARANTINE_MS = 40_000;
/** Beyond so many terminated pods the oldest go (upstream's --terminated-pod-gc-threshold). */
const TERMINATED_MAX = 12_500;
const TERMINATED = "terminated";
const OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";

/**
 * Removes pods that no agent will ever finish: those of nodes that are gone (key `node/<name>`), those deleted before they were
 * placed (key `pod/<namespace>/<name>`), and the oldest of too many terminated ones.
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
    if (what === "node") return removeOrphaned(tx, rest[0]!);
    const { namespace, name } = splitKey(rest.join("/"));
    const pod = tx.get(podKind, namespace, name);
    if (pod?.metadata.deletionTimestamp && !pod.spec?.nodeName) tx.delete(podKind, namespace, name, { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } });
  },
};

function leavingNode({ type, object }: Change<Node>): string[] {
  return type === "DELETED" || isOutOfService(object) ? [`node/${object.metadata.name}`] : [];
}

const isOutOfService = (node: Node): boolean => node.spec?.taints?.some((taint) => taint.key === OUT_OF_SERVICE) ?? false;

function* suspects(change: Change<Pod>): Iterable<string> {
  const { object } = change;
  if (change.type === "DELETED") return;
  if (object.metadata.deletionTimestamp && !object.spec?.nodeName) yield `pod/${object.metadata.namespace}/${object.metadata.name}`;
  if (isOver(object) && !(change.previous && isOver(change.previous))) yield TERMINATED;
}

function removeOrphaned(tx: Transaction, node: string): { requeueAfterMs: number } | void {
  const there = tx.get(nodeKind, undefined, node);
  if (there && !isOutOfService(there)) return;
  const pods = tx.list(podKind, { field: { path: "spec.nodeName", value: node } }).filter((pod) => !there || pod.metadata.deletionTimestamp);
  if (pods.length === 0) return;
  if (!there && !quarantineIsOver(tx, node)) return { requeueAfterMs: QUARANTINE_MS };
  for (const pod of pods) {
    const { namespace, name, uid } = pod.metadata;
    tx.update(podKind, namespace, name!, (draft) => {
      if (isOver(draft)) return;
      draft.status = { ...draft.status, phase: "Failed" };
      setPodCondition(draft.status, { type: "DisruptionTarget", status: "True", reason: "DeletionByPodGC", message: "PodGC: node no longer exists" }, tx.nowMs);
    }, { subresource: "status" });
    tx.delete(podKind, namespace, name!, { gracePeriodSeconds: 0, preconditions: { uid } });
  }
}

/** When each gone node was first missed. Forgotten with the memory: then the quarantine starts again, which only takes longer. */
const missedSince = new WeakMap<object, Map<string, number>>();

function quarantineIsOver(tx: Transaction, node: string): boolean {
  if (!tx.scope) return true;
  const nodes = missedSince.get(tx.scope) ?? new Map<string, number>();
  missedSince.set(tx.scope, nodes);
  const since = nodes.get(node);
  if (since === undefined) {
    nodes.set(node, tx.nowMs);
    return false;
  }
  if (tx.nowMs - since < QUARANTINE_MS) return false;
  nodes.delete(node);
  return true;
}

function removeTerminated(tx: Transaction): void {
  if (tx.count(podKind) <= TERMINATED_MAX) return;
  const over = tx.list(podKind).filter(isOver).sort((a, b) => createdMs(a) - createdMs(b));
  for (const { metadata } of over.slice(0, Math.max(0, over.length - TERMINATED_MAX))) tx.delete(podKind, metadata.namespace, metadata.name!, { gracePeriodSeconds: 0 });
}

const isOver = (pod: Pod): boolean => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
const createdMs = (pod: Pod): number => (pod.metadata.creationTimestamp ? parseTime(pod.metadata.creationTimestamp) : 0);
