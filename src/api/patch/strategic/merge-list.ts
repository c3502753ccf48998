import type { Schema } from "../../../kinds/schema.ts";
import { badRequest } from "../../../lib/errors.ts";
import { isJsonObject, type JsonObject } from "../../../lib/json-value.ts";
import { directive, mergeMap } from "./merge-map.ts";

/** Lists with the merge strategy: of primitives a set, of objects one entry for each merge key. */
export function mergeList(original: unknown[], patch: unknown[], options: { items: Schema | undefined; mergeKey: string; isDeletion: boolean }): unknown[] {
  if (original.length === 0 && patch.length === 0) return original;
  const ofObjects = sameSort(original, patch);
  if (!ofObjects && options.isDeletion) {
    const gone = new Set(patch);
    return original.filter((item) => !gone.has(item));
  }
  if (!ofObjects) return arrange([...new Set([...original, ...patch])], { order: patch, before: original, mergeKey: "" });
  const { mergeKey, items } = options;
  if (mergeKey === "") throw badRequest("cannot merge lists without merge key");
  const rest = obeyDirectives(original as JsonObject[], patch as JsonObject[], mergeKey);
  const merged = mergeEntries(rest.original, rest.patch, mergeKey, items);
  return arrange(merged, { order: rest.patch, before: rest.original, mergeKey });
}

/**
 * The entries named in `order` in that order; the others keep their order of `before` and are put in among them where
 * their former place says.
 */
export function arrange(list: unknown[], { order, before, mergeKey }: { order: readonly unknown[]; before: readonly unknown[]; mergeKey: string }): unknown[] {
  const wanted = indexByKey(order, mergeKey);
  const former = indexByKey(before, mergeKey);
  const place = (item: unknown) => former.get(keyOf(item, mergeKey));
  const named = list.filter((item) => wanted.has(keyOf(item, mergeKey)))
    .sort((a, b) => wanted.get(keyOf(a, mergeKey))! - wanted.get(keyOf(b, mergeKey))!);
  const others = list.filter((item) => !wanted.has(keyOf(item, mergeKey)))
    .sort((a, b) => (place(a) ?? Number.POSITIVE_INFINITY) - (place(b) ?? Number.POSITIVE_INFINITY) || 0);
  const result: unknown[] = [];
  let i = 0;
  for (const item of named) {
    const at = place(item) ?? Number.NEGATIVE_INFINITY;
    while (i < others.length && (place(others[i]) ?? Number.POSITIVE_INFINITY) < at) result.push(others[i++]);
    result.push(item);
  }
  return [...result, ...others.slice(i)];
}

/** The patch's entries must follow the order that the patch itself demands. */
export function refuseOtherOrder(patch: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  if (order.length === 0 || patch.length === 0) return;
  const entries = patch.filter((item) => !(isJsonObject(item) && Object.hasOwn(item, directive)));
  let at = 0;
  for (const item of order) if (at < entries.length && keyOf(entries[at], mergeKey) === keyOf(item, mergeKey)) at++;
  if (at < entries.length) {
    throw badRequest(`The order in patch list:\n${JSON.stringify(patch)}\n doesn't match $setElementOrder list:\n${JSON.stringify(order)}\n`);
  }
}

function sameSort(original: unknown[], patch: unknown[]): boolean {
  let ofObjects: boolean | undefined;
  for (const item of [...original, ...patch]) {
    if (Array.isArray(item)) throw badRequest("lists of lists are not supported");
    ofObjects ??= isJsonObject(item);
    if (ofObjects !== isJsonObject(item)) throw badRequest("list element types are not identical");
  }
  return ofObjects ?? false;
}

function obeyDirectives(original: JsonObject[], patch: JsonObject[], mergeKey: string): { original: JsonObject[]; patch: JsonObject[] } {
  const entries: JsonObject[] = [];
  const gone = new Set<unknown>();
  let replaces = false;
  for (const item of patch) {
    if (!Object.hasOwn(item, directive)) { entries.push(item); continue; }
    switch (item[directive]) {
      case "delete": gone.add(keyOf(item, mergeKey)); break;
      case "replace": replaces = true; break;
      case "merge": throw badRequest("merging lists cannot yet be specified in the patch");
      default: throw badRequest(`unknown patch type: ${String(item[directive])} in map: ${JSON.stringify(item)}`);
    }
  }
  if (replaces) return { original: entries, patch: [] };
  return { original: gone.size > 0 ? original.filter((item) => !gone.has(keyOf(item, mergeKey))) : original, patch: entries };
}

function mergeEntries(original: JsonObject[], patch: readonly JsonObject[], mergeKey: string, items: Schema | undefined): JsonObject[] {
  const places = indexByKey(original, mergeKey);
  const merged = [...original];
  for (const item of patch) {
    const key = keyOf(item, mergeKey);
    const at = places.get(key);
    if (at === undefined) {
      places.set(key, merged.length);
      merged.push(item);
    } else merged[at] = mergeMap(merged[at]!, item, items);
  }
  return merged;
}

function indexByKey(list: readonly unknown[], mergeKey: string): Map<unknown, number> {
  const index = new Map<unknown, number>();
  list.forEach((item, i) => { const key = keyOf(item, mergeKey); if (!index.has(key)) index.set(key, i); });
  return index;
}

function keyOf(item: unknown, mergeKey: string): unknown {
  if (mergeKey === "") return item;
  if (!isJsonObject(item)) throw badRequest(`expected a map, but received a ${typeof item}`);
  if (!Object.hasOwn(item, mergeKey)) throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
  return item[mergeKey];
}
