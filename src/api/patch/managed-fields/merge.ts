import type { ListSchema, Schema } from "../../../kinds/schema.ts";
import { isJsonObject, setKey, type JsonObject } from "../../../lib/json-value.ts";
import { childSchema, elementOf, shapeOf } from "./walk.ts";

/** The live object with all that the configuration says (structured-merge-diff's Merge). Shares parts with both. */
export function mergeTyped(live: unknown, config: unknown, schema: Schema): unknown {
  if (config === undefined) return live;
  if (live === undefined) return config;
  const shape = shapeOf(schema, live, config);
  if (shape.type === "leaf") return config;
  if (shape.type === "list") {
    if (config === null || (Array.isArray(config) && config.length === 0)) return isVoid(live) ? config : live;
    return Array.isArray(config) ? mergeList(Array.isArray(live) ? live : [], config, shape.schema) : config;
  }
  if (isVoid(config)) return isVoid(live) ? config : live;
  return isJsonObject(config) ? mergeObject(isJsonObject(live) ? live : {}, config, shape.schema) : config;
}

function mergeObject(live: JsonObject, config: JsonObject, schema: Schema): JsonObject {
  const result: JsonObject = {};
  for (const key of Object.keys(live)) setKey(result, key, live[key]);
  for (const key of Object.keys(config)) {
    setKey(result, key, mergeTyped(Object.hasOwn(live, key) ? live[key] : undefined, config[key], childSchema(schema, key)));
  }
  return result;
}

/**
 * Entries of both keep the configuration's order; entries of the live object alone stay after the neighbour that they
 * had before, as far as the two orders agree.
 */
function mergeList(live: readonly unknown[], config: readonly unknown[], schema: ListSchema): unknown[] {
  const wanted = new Map(config.map((item) => [elementOf(item, schema), item]));
  const present = new Map<string | undefined, unknown>();
  const repeated = new Set<string | undefined>();
  for (const item of live) {
    const element = elementOf(item, schema);
    if (present.has(element)) repeated.add(element);
    else present.set(element, item);
  }
  // A repeated entry is not merged but replaced.
  const merged = (element: string | undefined) =>
    mergeTyped(repeated.has(element) ? undefined : present.get(element), wanted.get(element), schema.items);
  const left = live.map((item) => ({ element: elementOf(item, schema), item }));
  const right = config.map((item) => elementOf(item, schema));
  const shared = right.filter((element) => present.has(element));
  const done = new Set<string | undefined>();
  const result: unknown[] = [];
  let l = 0;
  let r = 0;
  let s = 0;
  const takeRight = () => {
    const element = right[r++];
    if (shared[s] === element) s++;
    done.add(element);
    result.push(merged(element));
  };
  while (l < left.length || r < right.length) {
    const next = left[l];
    const isShared = next?.element !== undefined && wanted.has(next.element);
    if (next && r < right.length) {
      if (isShared && next.element === right[r]) { l++; takeRight(); continue; }
      // Shared with the configuration, but not the next one in its order.
      if (isShared && s < shared.length && shared[s] !== next.element) { l++; continue; }
    }
    if (next && !isShared) { result.push(next.item); l++; continue; }
    if (next && done.has(next.element)) l++;
    if (r < right.length) takeRight();
  }
  return result;
}

function isVoid(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
