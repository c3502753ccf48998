import type { KubeObject } from "../../object.ts";

/** events.k8s.io/v1 name → core/v1 name; all other fields are called the same. */
const NAMES: readonly (readonly [events: string, core: string])[] = [
  ["regarding", "involvedObject"], ["note", "message"], ["reportingController", "reportingComponent"],
  ["deprecatedSource", "source"], ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"], ["deprecatedCount", "count"],
];

const TO_CORE = new Map(NAMES);
const FROM_CORE = new Map(NAMES.map(([events, core]) => [core, events] as const));

export const toCore = (obj: KubeObject): KubeObject => rename(obj, TO_CORE, "v1");
export const fromCore = (obj: KubeObject): KubeObject => rename(obj, FROM_CORE, "events.k8s.io/v1");

function rename(obj: KubeObject, names: ReadonlyMap<string, string>, apiVersion: string): KubeObject {
  const out: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(obj)) out[names.get(field) ?? field] = value;
  return { ...out, apiVersion, kind: obj.kind, metadata: obj.metadata };
}
