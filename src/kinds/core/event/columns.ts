import type { Column } from "../../kind.ts";
import type { Event } from "../../types/core-v1.generated.ts";
import { nameColumn, since } from "../../columns.ts";

export const columns: readonly Column<Event>[] = [
  { name: "Last Seen", type: "string", description: "How long ago it happened last.", value: lastSeen },
  { name: "Type", type: "string", description: "Normal or Warning.", value: (obj) => obj.type ?? "" },
  { name: "Reason", type: "string", description: "What happened, as one word.", value: (obj) => obj.reason ?? "" },
  { name: "Object", type: "string", description: "What it happened to.", value: objectText },
  { name: "Subobject", type: "string", priority: 1, description: "Which part of that.", value: (obj) => obj.involvedObject?.fieldPath ?? "" },
  { name: "Source", type: "string", priority: 1, description: "Who reported it.", value: sourceText },
  { name: "Message", type: "string", description: "What happened, in words.", value: (obj) => (obj.message ?? "").trim() },
  { name: "First Seen", type: "string", priority: 1, description: "How long ago it happened first.", value: firstSeen },
  { name: "Count", type: "string", priority: 1, description: "How often it happened.", value: (obj) => obj.series?.count ?? (obj.count || 1) },
  { ...nameColumn, priority: 1 },
];

function firstSeen(obj: Event, nowMs: number): string {
  return since(obj.firstTimestamp ?? obj.eventTime, nowMs);
}

function lastSeen(obj: Event, nowMs: number): string {
  if (obj.series) return since(obj.series.lastObservedTime, nowMs);
  return obj.lastTimestamp ? since(obj.lastTimestamp, nowMs) : firstSeen(obj, nowMs);
}

function objectText({ involvedObject: about }: Event): string {
  const kind = (about?.kind ?? "").toLowerCase();
  return about?.name ? `${kind}/${about.name}` : kind;
}

function sourceText({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component || reportingComponent || "";
  const host = source?.host || reportingInstance || "";
  return host ? `${component}, ${host}` : component;
}
