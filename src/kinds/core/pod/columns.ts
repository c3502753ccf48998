import type { Column } from "../../kind.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { ageColumn, nameColumn, orNone } from "../../columns.ts";
import { humanDuration } from "../../values/duration.ts";
import { conditionOf } from "./conditions.ts";
import { type PodSummary, summarizePod } from "./status-text.ts";

/** A row's cells ask for it one after the other. */
const summaries = new WeakMap<Pod, PodSummary>();
function summaryOf(obj: Pod): PodSummary {
  let summary = summaries.get(obj);
  if (!summary) summaries.set(obj, (summary = summarizePod(obj)));
  return summary;
}

export const columns: readonly Column<Pod>[] = [
  nameColumn,
  { name: "Ready", type: "string", description: "Containers that are ready, of all that should be.", value: (obj) => `${summaryOf(obj).ready}/${summaryOf(obj).total}` },
  { name: "Status", type: "string", description: "What its containers are about, in one word.", value: (obj) => summaryOf(obj).status },
  { name: "Restarts", type: "string", description: "How often its containers were restarted, and when the last time.", value: restartsText },
  ageColumn,
  { name: "IP", type: "string", priority: 1, description: "Its address inside the cluster.", value: (obj) => orNone(obj.status?.podIPs?.[0]?.ip ?? obj.status?.podIP) },
  { name: "Node", type: "string", priority: 1, description: "The node that it is placed on.", value: (obj) => orNone(obj.spec?.nodeName) },
  { name: "Nominated Node", type: "string", priority: 1, description: "The node that it waits for.", value: (obj) => orNone(obj.status?.nominatedNodeName) },
  { name: "Readiness Gates", type: "string", priority: 1, description: "Its own conditions of readiness that hold, of all.", value: gatesText },
];

function restartsText(obj: Pod, nowMs: number): string {
  const { restarts, lastRestartMs } = summaryOf(obj);
  return restarts > 0 && lastRestartMs > 0 ? `${restarts} (${humanDuration(nowMs - lastRestartMs)} ago)` : String(restarts);
}

function gatesText({ spec, status }: Pod): string {
  const gates = spec?.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  const met = gates.filter((gate) => conditionOf(status, gate.conditionType)?.status === "True");
  return `${met.length}/${gates.length}`;
}
