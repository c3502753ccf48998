import { boolYaml11Tag, defineMappingTag, dump, DUMP_SCHEMA, FAILSAFE_SCHEMA, floatCoreTag, intYaml11Tag, loadAll, mergeTag, NOT_RESOLVED, nullYaml11Tag } from "js-yaml";
import { badRequest, requestTooLarge } from "../../lib/errors.ts";
import { parseJson } from "../../lib/json.ts";

/**
 * YAML → JSON text, of the first document. Throws ApiError 400. As Go's parser: `yes` and `on` are booleans, dates and
 * sexagesimal numbers are plain strings; depth, merges and aliases are bounded, so that a small text cannot grow without end.
 * Repeated keys stay repeated, for whoever decodes the JSON to judge; with aliases in the same text they are refused.
 */
export function yamlToJson(text: string): string {
  let json: string;
  try {
    json = jsonOf(parseYaml(firstDocument(text)));
  } catch (error) {
    if ((error as { code?: number }).code === 413) throw error;
    throw badRequest(`error converting YAML to JSON: yaml: ${(error as Error).message.split("\n")[0]}`);
  }
  if (json.length > JSON_LENGTH_MAX) throw tooLarge();
  return json;
}

function parseYaml(text: string): unknown {
  const bounds = { maxDepth: DEPTH_MAX, maxTotalMergeKeys: MERGED_KEYS_MAX };
  try {
    const document = loadAll(text, { ...bounds, schema, maxAliases: ALIASES_MAX })[0] ?? null;
    if (jsonLength(document, new Map()) > JSON_LENGTH_MAX) throw text.length > JSON_LENGTH_MAX ? tooLarge() : new Error("document contains excessive aliasing");
    return document;
  } catch (error) {
    if (!(error as Error).message.startsWith("duplicated mapping key")) throw error;
    return loadAll(text, { ...bounds, schema: withRepeatedKeys, maxAliases: 0 })[0];
  }
}

function jsonOf(value: unknown): string {
  if (value instanceof Pairs) return `{${value.entries.map(([key, member]) => `${JSON.stringify(key)}:${jsonOf(member)}`).join(",")}}`;
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(",")}]`;
  return JSON.stringify(value, refuseInfinite);
}

/** A map in which keys may stand twice. */
class Pairs { readonly entries: [string, unknown][] = [] }

const JSON_LENGTH_MAX = 3_145_728;
const DEPTH_MAX = 1_000;
const ALIASES_MAX = 10_000;
const MERGED_KEYS_MAX = 10_000;
const tooLarge = () => requestTooLarge("Request entity too large: limit is 3145728");

/** Times of day are no numbers, and what a double cannot hold is a bigint, as `parseJson` reads it. */
const integerTag: typeof intYaml11Tag = {
  ...intYaml11Tag,
  resolve(source, isExplicit, tagName) {
    const value = source.includes(":") ? NOT_RESOLVED : intYaml11Tag.resolve(source, isExplicit, tagName);
    return (Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?[1-9]\d+$/.test(source) ? parseJson(source) : value) as typeof value;
  },
  identify: (value) => typeof value === "bigint" || intYaml11Tag.identify(value),
};
const schema = FAILSAFE_SCHEMA.withTags(nullYaml11Tag, boolYaml11Tag, integerTag, floatCoreTag, mergeTag);
const pairsTag = defineMappingTag<Pairs>("tag:yaml.org,2002:map", {
  create: () => new Pairs(),
  addPair(pairs, key, value) {
    if (typeof key === "object" && key !== null) return "keys must be texts";
    pairs.entries.push([String(key), value]);
    return "";
  },
  has: () => false, keys: () => [], get: () => undefined, identify: () => false,
});
const withRepeatedKeys = FAILSAFE_SCHEMA.withTags(pairsTag, nullYaml11Tag, boolYaml11Tag, integerTag, floatCoreTag);
const dumped = DUMP_SCHEMA.withTags(integerTag);

/** As text that YAML 1.1 and 1.2 read alike. */
export const yamlOf = (value: object): string => dump(value, { lineWidth: -1, noRefs: true, schema: dumped });

/** Up to the line that ends it: `---` or `...` at the beginning of a line, wherever that stands. */
function firstDocument(text: string): string {
  const start = /^(?:\uFEFF?(?:[ \t]*(?:#[^\n]*)?|%[^\n]*)\r?\n)*(?:---(?=\s|$))?/.exec(text)![0].length;
  const end = /^(?:---|\.\.\.)(?=\s|$)/m.exec(text.slice(start + 1)); // a marker has its line for itself
  return end ? text.slice(0, start + 1 + end.index) : text;
}

/**
 * How long the JSON would be, at least, with every alias written out: what stands twice is counted once and added twice. A value
 * that contains itself has no length.
 */
function jsonLength(value: unknown, known: Map<object, number>): number {
  if (typeof value !== "object" || value === null) return typeof value === "string" ? value.length + 2 : 1;
  const before = known.get(value);
  if (before !== undefined) {
    if (Number.isNaN(before)) throw new Error("anchor contains itself");
    return before;
  }
  known.set(value, Number.NaN);
  let length = 2;
  for (const [key, member] of Object.entries(value)) length += key.length + 1 + jsonLength(member, known);
  known.set(value, length);
  return length;
}

function refuseInfinite(_key: string, value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) throw new Error(`json: unsupported value: ${value}`);
  return value;
}
