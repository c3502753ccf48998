import { setPodCondition } from "../../kinds/core/pod/conditions.ts";
import { node as nodeKind } from "../../kinds/core/node/kind.ts";
import { pod as podKind } from "../../kinds/core/pod/kind.ts";
import type { Transaction } from "../../kinds/transaction.ts";
import type { Node, NodeCondition, Taint } from "../../kinds/types/core-v1.generated.ts";
import { formatTime, parseTime } from "../../kinds/values/time.ts";
import { deepEqual } from "../../lib/deep-equal.ts";
import { itself, type Controller } from "../controller.ts";
import { planTaints } from "./taints.ts";

/** Upstream's --node-monitor-grace-period. */
export const GRACE_MS = 50_000;
/** When the agent's socket was last seen, while it is away: kept on the node so that the clock survives our own restarts. */
const AWAY_SINCE = "isopod.dev/agent-away-since";

/** What a lost node's conditions become. */
const WATCHED_CONDITIONS = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] as const;

/**
 * Failure detection. An agent shows that it lives by its socket; the socket's loss wakes this controller, which waits out the
 * grace period, then marks the node's conditions Unknown and its pods not ready. Conditions become taints; taint-eviction does
 * the rest. What a returning agent reports sets everything right again.
 */
export const nodeLifecycleController: Controller = {
  name: "node-lifecycle",
  priority: 5,
  watches: [itself(nodeKind)],
  reconcile(tx, name, cluster) {
    const node = tx.get(nodeKind, undefined, name);
    if (!node || node.metadata.deletionTimestamp) return;
    const waitMs = watchOver(tx, node, cluster.nodeHeartbeatMs(name));
    applyTaints(tx, name);
    if (waitMs !== undefined) return { requeueAfterMs: waitMs };
  },
};

function watchOver(tx: Transaction, node: Node, heartbeatMs: number | undefined): number | undefined {
  const name = node.metadata.name!;
  const awaySince = node.metadata.annotations?.[AWAY_SINCE];
  if (heartbeatMs !== undefined && tx.nowMs - heartbeatMs < GRACE_MS) {
    if (awaySince !== undefined) tx.update(nodeKind, undefined, name, (draft) => { delete draft.metadata.annotations![AWAY_SINCE]; });
    return undefined;
  }
  if (isUnknown(node)) return undefined;
  if (awaySince === undefined) {
    const since = heartbeatMs ?? tx.nowMs;
    tx.update(nodeKind, undefined, name, (draft) => { draft.metadata.annotations = { ...draft.metadata.annotations, [AWAY_SINCE]: formatTime(since) }; });
    if (heartbeatMs === undefined) return GRACE_MS;
  }
  const leftMs = (awaySince === undefined ? heartbeatMs! : parseTime(awaySince)) + GRACE_MS - tx.nowMs;
  if (leftMs > 0) return leftMs;
  markLost(tx, node);
  return undefined;
}

function markLost(tx: Transaction, node: Node): void {
  const name = node.metadata.name!;
  tx.update(nodeKind, undefined, name, (draft) => {
    draft.status = { ...draft.status, conditions: lostConditions(node.status?.conditions ?? [], tx.nowMs) };
  }, { subresource: "status" });
  tx.event(node, { type: "Normal", reason: "NodeNotReady", message: `Node ${name} status is now: NodeNotReady`, source: "node-controller" });
  for (const pod of tx.list(podKind, { field: { path: "spec.nodeName", value: name } })) {
    const changed = tx.update(podKind, pod.metadata.namespace, pod.metadata.name!, (draft) => {
      const ready = draft.status?.conditions?.find((condition) => condition.type === "Ready");
      if (ready?.status === "True") setPodCondition(draft.status!, { ...ready, status: "False" }, tx.nowMs);
    }, { subresource: "status" });
    if (changed && changed !== pod) tx.event(pod, { type: "Warning", reason: "NodeNotReady", message: "Node is not ready", source: "node-controller" });
  }
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

function applyTaints(tx: Transaction, name: string): void {
  const node = tx.get(nodeKind, undefined, name);
  if (!node) return;
  const taints: Taint[] = planTaints(node, tx.nowMs);
  if (deepEqual(taints, node.spec?.taints ?? [])) return;
  tx.update(nodeKind, undefined, name, (draft) => {
    draft.spec = { ...draft.spec, taints };
    if (taints.length === 0) delete draft.spec.taints;
  });
}

const isUnknown = (node: Node): boolean => node.status?.conditions?.find(({ type }) => type === "Ready")?.status === "Unknown";
