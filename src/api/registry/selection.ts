import type { Kind } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import { formatFieldSelector, matchesFields, parseFieldSelector, requiredValue, type FieldSelector } from "../../kinds/values/field-selector.ts";
import { parseLabelSelector } from "../../kinds/values/label-selector-text.ts";
import { formatLabelSelector, matchesLabels, type LabelSelector } from "../../kinds/values/label-selector.ts";
import { badRequest } from "../../lib/errors.ts";
import { storeKey } from "./catalog.ts";

/** Which objects a list, a watch or a deletecollection means. */
export interface Selection {
  /** Nothing but namespace and name: stored rows need no look inside. */
  readonly everything: boolean;
  /** The one name that `metadata.name=…` demands. */
  readonly name?: string;
  /** The namespace that `metadata.namespace=…` demands. */
  readonly namespace?: string;
  readonly index?: { index: string; value: string };
  /** The same text for selections of the same objects. */
  readonly text: string;
  matches(obj: KubeObject): boolean;
}

const everything: Selection = { everything: true, text: "", matches: () => true };

/** From `labelSelector` and `fieldSelector` of a query. Throws 400 with upstream's texts. */
export function selectionOf(kind: Kind, query: URLSearchParams): Selection {
  const labels = parsed(query.get("labelSelector"), parseLabelSelector);
  const fields = parsed(query.get("fieldSelector"), parseFieldSelector);
  if (labels.length === 0 && fields.length === 0) return everything;
  for (const { field } of fields) refuseUnknownField(kind, field);
  const rest = fields.filter((f) => f.operator !== "=" || (f.field !== "metadata.name" && f.field !== "metadata.namespace"));
  const name = requiredValue(fields, "metadata.name");
  const namespace = requiredValue(fields, "metadata.namespace");
  return {
    everything: labels.length === 0 && rest.length === 0,
    ...(name !== undefined && { name }), ...(namespace !== undefined && { namespace }), ...indexOf(kind, fields),
    text: `${formatLabelSelector(labels)}|${formatFieldSelector(fields)}`,
    matches: (obj) => (labels.length === 0 || matchesLabels(labels, obj.metadata.labels)) && matchesFields(fields, (field) => fieldOf(kind, obj, field)),
  };
}

function parsed<S extends LabelSelector | FieldSelector>(text: string | null, parse: (text: string) => S): S | readonly [] {
  if (!text) return [];
  try {
    return parse(text);
  } catch (error) {
    throw badRequest((error as Error).message);
  }
}

function refuseUnknownField(kind: Kind, field: string): void {
  if (field === "metadata.name" || (field === "metadata.namespace" && kind.scope === "Namespaced")) return;
  if (kind.selectableFields && Object.hasOwn(kind.selectableFields, field)) return;
  if (field === "metadata.namespace" && !kind.selectableFields) return;
  // Two texts upstream: a kind with fields of its own has its own conversion function.
  throw badRequest(kind.selectableFields ? `field label not supported: ${field}`
    : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`);
}

function fieldOf(kind: Kind, obj: KubeObject, field: string): string {
  if (field === "metadata.name") return obj.metadata.name ?? "";
  if (field === "metadata.namespace") return obj.metadata.namespace ?? "";
  return kind.selectableFields![field]!(obj);
}

function indexOf(kind: Kind, fields: FieldSelector): { index?: { index: string; value: string } } {
  for (const path of kind.indexedFields ?? []) {
    const value = requiredValue(fields, path);
    // An unset field has no entry.
    if (value) return { index: { index: `${storeKey(kind)}:${path}`, value } };
  }
  return {};
}
