import { objectKey, splitKey, type Controller } from "../controllers/controller.ts";
import { node as nodeKind } from "../kinds/core/node/kind.ts";
import { setPodCondition } from "../kinds/core/pod/conditions.ts";
import { UNSCHEDULABLE_INDEX } from "../kinds/core/pod/indexes.ts";
import { pod as podKind } from "../kinds/core/pod/kind.ts";
import type { Change } from "../kinds/kind.ts";
import type { Reader, Transaction } from "../kinds/transaction.ts";
import type { Node, Pod } from "../kinds/types/core-v1.generated.ts";
import { deepEqual } from "../lib/deep-equal.ts";
import { decide, type Decision } from "./decide.ts";
import { NodeState, nodeInfo, occupies } from "./node-state.ts";
import { schedulerPlugins } from "./plugins/index.ts";

export const DEFAULT_SCHEDULER = "default-scheduler";

/** Wakes every pod that found no place. */
const RETRY_ALL = "*";
/** Upstream looks at unschedulable pods again after so long even if nothing seems to have changed. */
const RETRY_AFTER_MS = 5 * 60_000;

/**
 * Places pods: a pure decision over a picture of the nodes, verified against the store and written as a Binding in the
 * same transaction. Events, conditions and their texts are upstream's default-scheduler's.
 */
export const scheduler: Controller = {
  name: "scheduler",
  priority: 10,
  watches: [
    { kind: podKind, keys: podKeys },
    { kind: nodeKind, keys: nodeKeys },
  ],
  reconcile(tx, key) {
    if (key === RETRY_ALL) return retryAll(tx);
    const { namespace, name } = splitKey(key);
    const pod = tx.get(podKind, namespace, name);
    if (!pod || !awaitsPlacement(pod)) return;
    const decision = verifiedDecision(tx, pod);
    if ("node" in decision) return bind(tx, pod, decision.node);
    reportUnschedulable(tx, pod, decision.unschedulable);
    return { requeueAfterMs: RETRY_AFTER_MS };
  },
};

function awaitsPlacement(pod: Pod): boolean {
  return !pod.spec?.nodeName && (pod.spec?.schedulerName ?? DEFAULT_SCHEDULER) === DEFAULT_SCHEDULER && !pod.metadata.deletionTimestamp
    && !pod.spec?.schedulingGates?.length && pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed";
}

function* podKeys(change: Change<Pod>, reader: Reader): Iterable<string> {
  known(reader)?.notePod(change);
  if (change.type !== "DELETED" && awaitsPlacement(change.object)) {
    // Its own condition, which says that it found no place, is no reason to look again.
    if (!change.previous || !deepEqual(change.previous.spec, change.object.spec) || !deepEqual(change.previous.metadata.labels, change.object.metadata.labels)) yield objectKey(change.object);
    return;
  }
  const freed = change.previous && occupies(change.previous) && (change.type === "DELETED" || !occupies(change.object));
  if (freed) yield RETRY_ALL;
}

function* nodeKeys(change: Change<Node>, reader: Reader): Iterable<string> {
  known(reader)?.noteNode(change);
  if (change.type === "DELETED") return;
  const { object, previous } = change;
  const same = previous && deepEqual(previous.spec, object.spec) && deepEqual(previous.metadata.labels, object.metadata.labels) && deepEqual(previous.status?.allocatable, object.status?.allocatable);
  if (!same) yield RETRY_ALL;
}

function retryAll(tx: Transaction): void {
  for (const pod of tx.list(podKind, { field: { path: UNSCHEDULABLE_INDEX, value: "true" } })) tx.enqueue(scheduler.name, objectKey(pod));
}

/** Decides by the picture in memory; if the store disagrees about the chosen node, draws it anew and decides again. */
function verifiedDecision(tx: Transaction, pod: Pod): Decision {
  const first = decide(pod, state(tx).nodes, schedulerPlugins, tx, () => tx.random());
  if ("node" in first) {
    const fresh = nodeInfo(tx, first.node);
    if (fresh && "node" in decide(pod, [fresh], schedulerPlugins, tx, () => tx.random())) return first;
  } else if (!mayBeStale(tx)) return first;
  forget(tx);
  return decide(pod, state(tx).nodes, schedulerPlugins, tx, () => tx.random());
}

function bind(tx: Transaction, pod: Pod, node: string): void {
  const { namespace, name, uid } = pod.metadata;
  tx.act(podKind, namespace, name!, "binding", { apiVersion: "v1", kind: "Binding", metadata: { name, namespace, uid }, target: { apiVersion: "v1", kind: "Node", name: node } });
  tx.event(pod, { type: "Normal", reason: "Scheduled", message: `Successfully assigned ${namespace}/${name} to ${node}`, source: DEFAULT_SCHEDULER, action: "Binding" });
}

function reportUnschedulable(tx: Transaction, pod: Pod, message: string): void {
  const { namespace, name } = pod.metadata;
  tx.update(podKind, namespace, name!, (draft) => {
    setPodCondition((draft.status ??= {}), { type: "PodScheduled", status: "False", reason: "Unschedulable", message }, tx.nowMs);
  }, { subresource: "status" });
  tx.event(pod, { type: "Warning", reason: "FailedScheduling", message, source: DEFAULT_SCHEDULER, action: "Scheduling" });
}

/** Pictures of the clusters in this isolate; each is found only by its own cluster's scope. */
const pictures = new WeakMap<object, NodeState>();
/** Scopes whose picture was drawn in the transaction under way, so that drawing it again would show the same. */
const drawnIn = new WeakMap<object, number>();

const known = (reader: Reader): NodeState | undefined => (reader.scope ? pictures.get(reader.scope) : undefined);

function state(reader: Reader): NodeState {
  let picture = known(reader);
  if (picture) return picture;
  picture = NodeState.draw(reader);
  if (reader.scope) {
    pictures.set(reader.scope, picture);
    drawnIn.set(reader.scope, reader.nowMs);
  }
  return picture;
}

const mayBeStale = (reader: Reader): boolean => reader.scope !== undefined && drawnIn.get(reader.scope) !== reader.nowMs;

function forget(reader: Reader): void {
  if (reader.scope) pictures.delete(reader.scope);
}
