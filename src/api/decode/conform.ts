import type { Field, Schema, StructSchema } from "../../kinds/schema.ts";
import { cannotUnmarshal, Mismatch, type Step } from "./mismatch.ts";
import { conformScalar } from "./scalar.ts";
import { unionMember } from "./unions.ts";
import { setKey } from "../../lib/json-value.ts";

/**
 * Brings parsed JSON into the shape that upstream's Go types would give it when read and written again, in one walk:
 * unknown fields go, nulls go, empty values of `omitempty` fields go, structs that Go always writes come, quantities
 * and times become canonical. The value is changed in place where that is possible.
 *
 * Custom resources (structs without a type name) are checked by their own validation: there only unknown fields go.
 */
export class Conformer {
  readonly unknown: string[] = [];
  /** Keys met in objects, to be compared with the text's: fewer means duplicates. */
  keys = 0;
  readonly #path: Step[] = [];
  readonly #keepsZero: boolean;

  /** `keepsZero`: for apply patches, where `{}` and "" are somebody's word. */
  constructor(options: { keepsZero?: boolean } = {}) { this.#keepsZero = options.keepsZero ?? false; }

  /** Throws Mismatch. */
  struct(value: object, schema: StructSchema): Record<string, unknown> {
    if (this.#path.length > depthMax) throw new Mismatch("exceeded max depth");
    const given = value as Record<string, unknown>;
    const isCustom = schema.name === undefined;
    const keepsNulls = isCustom || this.#keepsZero;
    const fields = schema.fields;
    let dropped = false;
    const path = this.#path;
    for (const key of Object.keys(given)) {
      this.keys++;
      const field = fields.get(key);
      const child = given[key];
      if (field === undefined) {
        this.keys += countKeys(child);
        if (schema.preserveUnknown) continue;
        if (this.unknown.length < unknownMax) this.unknown.push(`unknown field "${pathText(path, key)}"`);
        given[key] = undefined;
        dropped = true;
        continue;
      }
      if (child === null) {
        if (keepsNulls) continue;
        given[key] = undefined;
        dropped = true;
        continue;
      }
      path.push(key);
      const conformed = this.value(child, field.schema, schema);
      path.pop();
      if (conformed === child && typeof child === "object") {
        if (this.#keepsZero || !isEmptyOmitted(field, conformed)) continue;
      } else if (this.#keepsZero || !isEmptyOmitted(field, conformed)) {
        given[key] = conformed;
        continue;
      }
      given[key] = undefined;
      dropped = true;
    }
    const result = dropped ? withoutUndefined(given) : given;
    if (!this.#keepsZero && !isCustom) addStructs(result, schema);
    return result;
  }

  value(value: unknown, schema: Schema, owner: StructSchema): unknown {
    const isCustom = owner.name === undefined;
    switch (schema.type) {
      case "struct":
        if (typeof value !== "object" || value === null || Array.isArray(value)) return this.#mismatch(value, schema, owner, isCustom);
        return this.struct(value, schema);
      case "list":
        if (!Array.isArray(value)) return this.#mismatch(value, schema, owner, isCustom);
        return this.#list(value, schema.items, owner, isCustom);
      case "map":
        if (typeof value !== "object" || value === null || Array.isArray(value)) return this.#mismatch(value, schema, owner, isCustom);
        return this.#map(value as Record<string, unknown>, schema.values, owner, isCustom);
      default: {
        const member = schema.name === undefined ? undefined : unionMember(schema.name, value);
        if (member) return this.value(value, member, owner);
        if (typeof value === "object" || isCustom) { this.keys += countKeys(value); if (isCustom) return value; }
        const conformed = conformScalar(value, schema);
        return conformed === undefined ? this.#mismatch(value, schema, owner, false) : conformed;
      }
    }
  }

  #list(items: unknown[], schema: Schema, owner: StructSchema, isCustom: boolean): unknown[] {
    for (let i = 0; i < items.length; i++) {
      if (items[i] === null && (isCustom || this.#keepsZero)) continue;
      this.#path.push(i);
      items[i] = items[i] === null ? zero(schema) : this.value(items[i], schema, owner);
      this.#path.pop();
    }
    return items;
  }

  #map(map: Record<string, unknown>, schema: Schema, owner: StructSchema, isCustom: boolean): Record<string, unknown> {
    for (const key of Object.keys(map)) {
      this.keys++;
      if (schema.type === "string" && typeof map[key] === "string") continue;
      if (map[key] === null && (isCustom || this.#keepsZero)) continue;
      this.#path.push({ key });
      const conformed = map[key] === null ? zero(schema) : this.value(map[key], schema, owner);
      if (conformed !== map[key]) setKey(map, key, conformed);
      this.#path.pop();
    }
    return map;
  }

  /** In a custom resource its own validation reports it. */
  #mismatch(value: unknown, schema: Schema, owner: StructSchema, isCustom: boolean): unknown {
    const isTyped = !isCustom || (schema.type === "struct" && schema.name !== undefined);
    if (isTyped) throw cannotUnmarshal(value, schema, owner.name, this.#path);
    this.keys += countKeys(value);
    return value;
  }
}

/** JSON.stringify and every walk recurse: this keeps them far from the end of the stack. */
const depthMax = 400;
const unknownMax = 100;

function pathText(path: readonly Step[], key: string): string {
  let text = "";
  for (const step of path) {
    const name = typeof step === "object" ? step.key : step;
    text += typeof name === "number" ? `[${name}]` : text === "" ? name : `.${name}`;
  }
  return text === "" ? key : `${text}.${key}`;
}

/** Go's omitempty: an empty string, number, list or map that is no pointer. */
function isEmptyOmitted(field: Field, value: unknown): boolean {
  if (!field.omitEmpty || field.pointer) return false;
  if (value === "" || value === 0 || value === false) return true;
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.length === 0;
  if (field.schema.type !== "map") return false;
  for (const _ in value) return false;
  return true;
}

function withoutUndefined(given: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(given)) {
    if (given[key] !== undefined) setKey(result, key, given[key]);
  }
  return result;
}

const structsAlwaysWritten = new WeakMap<StructSchema, readonly (readonly [string, StructSchema])[]>();

/** Go writes a struct that is no pointer even when it is empty: `status: {}`, `resources: {}`. */
export function alwaysWritten(schema: StructSchema): readonly (readonly [string, StructSchema])[] {
  let names = structsAlwaysWritten.get(schema);
  if (!names) {
    names = [...schema.fields.values()]
      .filter((f) => f.schema.type === "struct" && !f.pointer && !f.omitEmpty && f.schema.name !== undefined)
      .map((f) => [f.name, f.schema as StructSchema] as const);
    structsAlwaysWritten.set(schema, names);
  }
  return names;
}

function addStructs(value: Record<string, unknown>, schema: StructSchema): void {
  for (const [name, inner] of alwaysWritten(schema)) if (value[name] === undefined) value[name] = emptyStruct(inner);
}

function emptyStruct(schema: StructSchema): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  addStructs(value, schema);
  return value;
}

/** What Go makes of a null among list items or map values. */
function zero(schema: Schema): unknown {
  switch (schema.type) {
    case "struct": return emptyStruct(schema);
    case "list": return [];
    case "map": case "fieldsV1": return {};
    case "boolean": return false;
    case "int32": case "int64": case "uint32": case "uint64": case "double": case "intOrString": return 0;
    case "quantity": return "0";
    case "any": case "time": case "microTime": return null;
    case "duration": return "0s";
    default: return "";
  }
}

function countKeys(value: unknown, depth = 0): number {
  if (typeof value !== "object" || value === null) return 0;
  if (depth > depthMax) throw new Mismatch("exceeded max depth");
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countKeys(item, depth + 1);
    return count;
  }
  for (const key of Object.keys(value)) count += 1 + countKeys((value as Record<string, unknown>)[key], depth + 1);
  return count;
}
