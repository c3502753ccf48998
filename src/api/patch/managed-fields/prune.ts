import type { StructSchema } from "../../../kinds/schema.ts";
import type { JsonObject } from "../../../lib/json-value.ts";
import { difference, emptySet, intersection, isEmpty, union, type FieldSet } from "./field-set.ts";
import { fieldSetOf } from "./field-set-of.ts";
import type { Managers } from "./managers.ts";
import { removeFields, withNamedFields } from "./remove.ts";

/**
 * Takes away what the manager applied last time (`last`), does not apply now, and nobody else owns. `managers` has the
 * manager's new set already.
 */
export function prune(merged: JsonObject, { managers, last, schema }: { managers: Managers; last: FieldSet | undefined; schema: StructSchema }): JsonObject {
  if (!last || isEmpty(last)) return merged;
  const owned = [...managers.values()].reduce((all, m) => union(all, m.fields), emptySet);
  if (isEmpty(difference(last, owned))) return merged; // all of it is still somebody's
  const named = (set: FieldSet) => withNamedFields(set, schema);
  let pruned = removeFields(merged, named(last), schema);
  // What is owned by anybody comes back, with all that leads to it.
  const all = named(fieldSetOf(merged, schema));
  pruned = removeFields(merged, difference(all, union(named(fieldSetOf(pruned, schema)), named(owned))), schema);
  // So does what lies below a removed entry but was never the manager's.
  return removeFields(merged, intersection(difference(all, named(fieldSetOf(pruned, schema))), named(last)), schema);
}
