import type { KubeObject } from "../../../kinds/object.ts";
import type { StructSchema } from "../../../kinds/schema.ts";
import { isJsonObject, type JsonObject } from "../../../lib/json-value.ts";
import { compare } from "./compare.ts";
import { difference, emptySet, type FieldSet } from "./field-set.ts";
import { fieldSetOf } from "./field-set-of.ts";
import { ownable } from "./owned-object.ts";
import { parseJson } from "../../../lib/json.ts";

const annotation = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * `kubectl apply --server-side` over an object that was applied client-side: fields that still are as that annotation
 * says were kubectl's own, so changing them is no conflict.
 */
export function conflictsAllowedByLastApplied(live: KubeObject, schema: StructSchema, apiVersion: string): FieldSet {
  const text = live.metadata.annotations?.[annotation];
  if (!text) return emptySet;
  let applied: unknown;
  try { applied = parseJson(text); } catch { return emptySet; }
  if (!isJsonObject(applied) || applied["apiVersion"] !== apiVersion) return emptySet;
  const changes = compare(applied, ownable(live), schema);
  return difference(difference(difference(fieldSetOf(applied, schema), changes.modified), changes.added), changes.removed);
}

/** Keeps the annotation, where there is one, at what kubectl applied: a later client-side apply builds on it. */
export function updateLastApplied(result: JsonObject, config: JsonObject): void {
  const metadata = result["metadata"] as JsonObject;
  const annotations = metadata["annotations"] as Record<string, string> | undefined;
  if (!annotations?.[annotation]) return;
  const applied = structuredClone(config) as { metadata: { annotations?: Record<string, string> | null } };
  if (applied.metadata.annotations) delete applied.metadata.annotations[annotation];
  metadata["annotations"] = { ...annotations, [annotation]: `${JSON.stringify(applied)}\n` };
}
