import { objectKey, splitKey, type Controller } from "../controllers/controller.ts";
import { node as nodeKind } from "../kinds/core/node/kind.ts";
import { setPodCondition } from "../kinds/core/pod/conditions.ts";
import { UNSCHEDULABLE_INDEX } from "../kinds/core/pod/indexes.ts";
import { pod as podKind } from "../kinds/core/pod/kind.ts";
import type { Change } from "../kinds/kind.ts";
import type { Reader, Transaction } from "../kinds/transaction.ts";
import type { Node, Pod } from "../kinds/types/core-v1.generated.ts";
import { deepEqual } from "../lib/deep-equal.ts";
import { ApiError } from "../lib/errors.ts";
import { textOrder } from "../lib/text-order.ts";
import { decide, type Decision } from "./decide.ts";
import { NodeState, nodeInfo, occupies } from "./node-state.ts";
import { schedulerPlugins } from "./plugins/index.ts";

const DEFAULT_SCHEDULER = "default-scheduler";

/** Wakes every pod that found no place. */
const RETRY_ALL = "*";
const WRITES_PER_ROUND = 50;
/** Drawing the picture of a big cluster takes a while: it is not done for each of many pods that fit nowhere. */
const REDRAW_MS = 2_000;
/**
 * Places pods: a pure decision over a picture of the nodes, verified against the store and written as a Binding in the
 * same transaction. Events, conditions and their texts are upstream's default-scheduler's. A pod that found no place is
 * looked at again when something changes that could help it; nothing polls.
 */
export const scheduler: Controller = {
  name: "scheduler",
  priority: 10,
  watches: [
    { kind: podKind, keys: podKeys },
    { kind: nodeKind, keys: nodeKeys },
  ],
  undone(changes, reader) {
    if (changes.some(({ object, previous }) => object.kind === nodeKind.kind || occupies(object as Pod) || (previous && occupies(previous as Pod)))) forget(reader);
  },
  reconcile(tx, key) {
    if (key === RETRY_ALL) return retryAll(tx);
    const { namespace, name } = splitKey(key);
    const pod = tx.get(podKind, namespace, name);
    if (pod && awaitsPlacement(pod) && place(tx, pod) === "refused") return "retry";
  },
};

/** Binds the pod, or tells why it cannot be; "nothing" when that is no news. */
function place(tx: Transaction, pod: Pod): "placed" | "told" | "nothing" | "refused" {
  const decision = verifiedDecision(tx, pod);
  if (!("node" in decision)) return report(tx, pod, "Unschedulable", decision.unschedulable) ? "told" : "nothing";
  const refusal = bind(tx, pod, decision.node);
  if (refusal === undefined) return "placed";
  report(tx, pod, "SchedulerError", `binding rejected: ${refusal}`);
  return "refused";
}

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

/** Higher priorities first, then who waits longest. Each round's writes leave less for the next. */
function retryAll(tx: Transaction): { requeueAfterMs: number } | void {
  const waiting = tx.list(podKind, { field: { path: UNSCHEDULABLE_INDEX, value: "true" } }).filter(awaitsPlacement)
    .sort((a, b) => (b.spec?.priority ?? 0) - (a.spec?.priority ?? 0) || textOrder(a.metadata.creationTimestamp, b.metadata.creationTimestamp));
  let left = WRITES_PER_ROUND;
  for (const pod of waiting) {
    const outcome = place(tx, pod);
    // On its own key, with back-off, so that it does not keep the others from trying.
    if (outcome === "refused") tx.enqueue(scheduler.name, objectKey(pod));
    if (outcome !== "nothing" && --left === 0) return { requeueAfterMs: 0 };
  }
}

/** Decides by the picture in memory; if the store disagrees about the chosen node, draws it anew and decides again. */
function verifiedDecision(tx: Transaction, pod: Pod): Decision {
  const picture = state(tx);
  const first = decide(pod, picture.nodes, schedulerPlugins, tx, () => tx.random());
  if ("node" in first ? holds(tx, picture, pod, first.node) : isFresh(tx, picture)) return first;
  forget(tx);
  return decide(pod, state(tx).nodes, schedulerPlugins, tx, () => tx.random());
}

/** For "nowhere", which no single node can prove. A picture a little older is good for now, and everybody is asked once more. */
function isFresh(tx: Transaction, picture: NodeState): boolean {
  const ageMs = tx.nowMs - picture.drawnMs;
  if (ageMs > 0 && ageMs < REDRAW_MS) tx.enqueue(scheduler.name, RETRY_ALL, tx.nowMs + REDRAW_MS);
  return ageMs < REDRAW_MS;
}

/** One look at the store for each node and moment: what this moment's own decisions add, the picture knows. */
function holds(tx: Transaction, picture: NodeState, pod: Pod, node: string): boolean {
  if (picture.drawnMs === tx.nowMs || picture.verifiedMs.get(node) === tx.nowMs) return true;
  const fresh = nodeInfo(tx, node);
  if (!fresh || !("node" in decide(pod, [fresh], schedulerPlugins, tx, () => tx.random()))) return false;
  picture.verifiedMs.set(node, tx.nowMs);
  return true;
}

/** Admission may refuse it: returns why. */
function bind(tx: Transaction, pod: Pod, node: string): string | undefined {
  const { namespace, name, uid } = pod.metadata;
  try {
    tx.act(podKind, namespace, name!, "binding", { apiVersion: "v1", kind: "Binding", metadata: { name, namespace, uid }, target: { apiVersion: "v1", kind: "Node", name: node } });
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
  tx.event(pod, { type: "Normal", reason: "Scheduled", message: `Successfully assigned ${namespace}/${name} to ${node}`, source: DEFAULT_SCHEDULER, action: "Binding" });
  return undefined;
}

/** False: it was told already. */
function report(tx: Transaction, pod: Pod, reason: "Unschedulable" | "SchedulerError", message: string): boolean {
  const { namespace, name } = pod.metadata;
  const told = tx.update(podKind, namespace, name!, (draft) => {
    setPodCondition((draft.status ??= {}), { type: "PodScheduled", observedGeneration: pod.metadata.generation, status: "False", reason, message }, tx.nowMs);
  }, { subresource: "status" });
  // The same answer again is no news: many pods may be asking at every change.
  if (told?.metadata.resourceVersion === pod.metadata.resourceVersion) return false;
  tx.event(pod, { type: "Warning", reason: "FailedScheduling", message, source: DEFAULT_SCHEDULER, action: "Scheduling" });
  return true;
}

/** Pictures of the clusters in this isolate; each is found only by its own cluster's scope. */
const pictures = new WeakMap<object, NodeState>();

const known = (reader: Reader): NodeState | undefined => (reader.scope ? pictures.get(reader.scope) : undefined);

function state(reader: Reader): NodeState {
  let picture = known(reader);
  if (picture) return picture;
  picture = NodeState.draw(reader);
  if (reader.scope) pictures.set(reader.scope, picture);
  return picture;
}

function forget(reader: Reader): void {
  if (reader.scope) pictures.delete(reader.scope);
}
