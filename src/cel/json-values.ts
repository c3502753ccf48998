import { decodeBase64, encodeBase64 } from "../lib/base64.ts";
import { durationOf, formatSeconds, formatTimestamp, timestampOf } from "./functions/standard.ts";
import { dyn, type CelType } from "./types.ts";
import { CelMap, Duration, Timestamp, Uint, type Value } from "./values.ts";

/** JSON as a value of a type. Integers are int unless a double is wanted, as upstream decodes JSON. */
export function fromJson(json: unknown, type: CelType = dyn): Value {
  switch (typeof json) {
    case "string": return fromText(json, type);
    case "boolean": return json;
    case "bigint": return type.kind === "double" ? Number(json) : json;
    case "number": return type.kind !== "double" && Number.isInteger(json) && Math.abs(json) < 2 ** 63 ? BigInt(json) : json;
    case "object": break;
    default: return null;
  }
  if (json === null) return null;
  if (Array.isArray(json)) {
    const items = type.kind === "list" ? type.args?.[0] : undefined;
    return json.map((item) => fromJson(item, items));
  }
  return new JsonMap(json as Record<string, unknown>, type);
}

function fromText(text: string, { kind }: CelType): Value {
  if (kind === "google.protobuf.Timestamp") return timestampOf(text.length === 10 ? `${text}T00:00:00Z` : text);
  if (kind === "google.protobuf.Duration") return durationOf(text);
  if (kind !== "bytes") return text;
  try { return decodeBase64(text); } catch { return text; }
}

/** A JSON object; what is inside is adapted when it is asked for, and once. */
class JsonMap extends CelMap {
  readonly #json: Readonly<Record<string, unknown>>;
  readonly #type: CelType;
  #seen: Map<string, Value> | undefined;
  constructor(json: Readonly<Record<string, unknown>>, type: CelType) { super(); this.#json = json; this.#type = type; }

  #keys: readonly Value[] | undefined;
  get size(): number { return this.keys().length; }

  get(key: Value): Value | undefined {
    if (typeof key !== "string") return undefined;
    const seen = this.#seen?.get(key);
    if (seen !== undefined) return seen;
    const field = this.#type.kind === "object" ? this.#type.field!(key) : { key, type: this.#type.args?.[1] ?? dyn };
    if (!field || !Object.hasOwn(this.#json, field.key) || this.#json[field.key] === undefined) return undefined;
    const value = fromJson(this.#json[field.key], field.type);
    (this.#seen ??= new Map()).set(key, value);
    return value;
  }

  keys(): readonly Value[] { return (this.#keys ??= Object.keys(this.#json).filter((key) => this.#json[key] !== undefined)); }
}

/** A value as JSON; undefined where there is none for it. */
export function toJson(value: Value, depth = 0): unknown {
  if (depth > 100 || value === null) return null;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== "object") return value;
  if (value instanceof Uint) return Number(value.value);
  if (value instanceof Uint8Array) return encodeBase64(value);
  if (Array.isArray(value)) return value.map((item) => toJson(item as Value, depth + 1));
  if (value instanceof CelMap) return Object.fromEntries(value.keys().map((key) => [String(key), toJson(value.get(key)!, depth + 1)]));
  if (value instanceof Duration) return formatSeconds(value);
  return value instanceof Timestamp ? formatTimestamp(value) : undefined;
}
