import { conditionOf, setPodCondition } from "../../kinds/core/pod/conditions.ts";
import { node as nodeKind } from "../../kinds/core/node/kind.ts";
import { pod as podKind } from "../../kinds/core/pod/kind.ts";
import type { Change } from "../../kinds/kind.ts";
import type { Transaction } from "../../kinds/transaction.ts";
import type { Node, NodeCondition } from "../../kinds/types/core-v1.generated.ts";
import { formatTime, parseTime } from "../../kinds/values/time.ts";
import { deepEqual } from "../../lib/deep-equal.ts";
import type { Controller } from "../controller.ts";
import { isReady, planTaints } from "./taints.ts";

/** Upstream's --node-monitor-grace-period. */
export const GRACE_MS = 50_000;
/** A connected agent gives a sign of life every 10 s; after so long without one it is looked at again when the grace is over. */
const SUSPICIOUS_MS = 25_000;
/** When the agent's socket was last seen, while it is away: kept on the node so that the clock survives our own restarts. */
const AWAY_SINCE = "isopod.dev/agent-away-since";
/** Keys beside the nodes' names, which have no slash: a node's pods, a node that is new, and the whole cluster. */
const PODS = "pods/";
const NEW = "new/";
const CLUSTER = "/cluster";

/** What a lost node's conditions become. */
const WATCHED_CONDITIONS = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] as const;

/**
 * Failure detection. An agent shows that it lives by its socket; the socket's loss wakes this controller, which waits out the
 * grace period, then marks the node's conditions Unknown. Conditions become taints, and pods of a node that stops being ready
 * are marked not ready; taint-eviction does the rest. What a returning agent reports sets everything right again. While not
 * one node is ready nobody is evicted: the fault is then more likely ours (upstream's fully disrupted zones).
 */
export const nodeLifecycleController: Controller = {
  name: "node-lifecycle",
  priority: 5,
  watches: [{ kind: nodeKind, keys: nodeKeys }],
  reconcile(tx, key, cluster) {
    if (key === CLUSTER) return reviewAll(tx);
    if (key.startsWith(NEW)) return welcome(tx, key.slice(NEW.length));
    if (key.startsWith(PODS)) return markPodsNotReady(tx, key.slice(PODS.length));
    const node = tx.get(nodeKind, undefined, key);
    if (!node || node.metadata.deletionTimestamp) return;
    const waitMs = watchOver(tx, node, cluster.nodeHeartbeatMs(key));
    applyTaints(tx, key);
    if (waitMs !== undefined) return { requeueAfterMs: waitMs };
  },
};

function* nodeKeys({ type, object, previous }: Change<Node>): Iterable<string> {
  const name = object.metadata.name!;
  if (type !== "DELETED") yield name;
  if (type === "ADDED") yield NEW + name;
  const [before, now] = [previous !== undefined && isReady(previous), type !== "DELETED" && isReady(object)];
  if (before !== now) yield CLUSTER;
  if (before && !now && type !== "DELETED") yield PODS + name;
}

function welcome(tx: Transaction, name: string): void {
  const node = tx.get(nodeKind, undefined, name);
  if (node) tx.event(node, { type: "Normal", reason: "RegisteredNode", message: `Node ${name} event: Registered Node ${name} in Controller`, source: "node-controller" });
}

/** Milliseconds until the node must be looked at again. */
function watchOver(tx: Transaction, node: Node, heartbeatMs: number | undefined): number | undefined {
  const name = node.metadata.name!;
  const awaySince = node.metadata.annotations?.[AWAY_SINCE];
  if (heartbeatMs !== undefined && tx.nowMs - heartbeatMs < GRACE_MS) {
    if (awaySince !== undefined) tx.update(nodeKind, undefined, name, (draft) => { delete draft.metadata.annotations![AWAY_SINCE]; });
    return tx.nowMs - heartbeatMs > SUSPICIOUS_MS ? heartbeatMs + GRACE_MS - tx.nowMs : undefined;
  }
  if (readyStatus(node) === "Unknown") return undefined;
  const sinceMs = awaySince === undefined ? (heartbeatMs ?? tx.nowMs) : parseTime(awaySince);
  const leftMs = sinceMs + GRACE_MS - tx.nowMs;
  if (leftMs <= 0) return markLost(tx, node);
  if (awaySince === undefined) tx.update(nodeKind, undefined, name, (draft) => { draft.metadata.annotations = { ...draft.metadata.annotations, [AWAY_SINCE]: formatTime(sinceMs) }; });
  return leftMs;
}

function markLost(tx: Transaction, node: Node): undefined {
  tx.update(nodeKind, undefined, node.metadata.name!, (draft) => {
    draft.status = { ...draft.status, conditions: lostConditions(node.status?.conditions ?? [], tx.nowMs) };
  }, { subresource: "status" });
}

function lostConditions(conditions: readonly NodeCondition[], nowMs: number): NodeCondition[] {
  const others = conditions.filter(({ type }) => !WATCHED_CONDITIONS.includes(type as (typeof WATCHED_CONDITIONS)[number]));
  return [...others, ...WATCHED_CONDITIONS.map((type): NodeCondition => {
    const former = conditions.find((condition) => condition.type === type);
    return {
      type,
      status: "Unknown",
      reason: former ? "NodeStatusUnknown" : "NodeStatusNeverUpdated",
      message: former ? "Kubelet stopped posting node status." : "Kubelet never posted node status.",
      lastHeartbeatTime: former?.lastHeartbeatTime ?? formatTime(nowMs),
      lastTransitionTime: formatTime(nowMs),
    };
  })];
}

function markPodsNotReady(tx: Transaction, name: string): void {
  const node = tx.get(nodeKind, undefined, name);
  if (!node || isReady(node)) return;
  tx.event(node, { type: "Normal", reason: "NodeNotReady", message: `Node ${name} status is now: NodeNotReady`, source: "node-controller" });
  for (const pod of tx.list(podKind, { field: { path: "spec.nodeName", value: name } })) {
    const ready = conditionOf(pod.status, "Ready");
    if (ready?.status !== "True") continue;
    tx.update(podKind, pod.metadata.namespace, pod.metadata.name!, (draft) => setPodCondition(draft.status!, { ...ready, observedGeneration: pod.metadata.generation, status: "False" }, tx.nowMs), { subresource: "status" });
    tx.event(pod, { type: "Warning", reason: "NodeNotReady", message: "Node is not ready", source: "node-controller" });
  }
}

/** Whether anybody may be evicted depends on all nodes: those whose taints this changes are looked at again. */
function reviewAll(tx: Transaction): void {
  const evicts = mayEvict(tx);
  for (const node of tx.list(nodeKind)) {
    if (!deepEqual(planTaints(node, { evicts, nowMs: tx.nowMs }), node.spec?.taints ?? [])) tx.enqueue(nodeLifecycleController.name, node.metadata.name!);
  }
}

const mayEvict = (tx: Transaction): boolean => tx.list(nodeKind).some(isReady);

function applyTaints(tx: Transaction, name: string): void {
  const node = tx.get(nodeKind, undefined, name);
  if (!node) return;
  const taints = planTaints(node, { evicts: isReady(node) || mayEvict(tx), nowMs: tx.nowMs });
  if (deepEqual(taints, node.spec?.taints ?? [])) return;
  tx.update(nodeKind, undefined, name, (draft) => {
    draft.spec = { ...draft.spec, taints };
    if (taints.length === 0) delete draft.spec.taints;
  });
}

const readyStatus = (node: Node): string | undefined => node.status?.conditions?.find(({ type }) => type === "Ready")?.status;
