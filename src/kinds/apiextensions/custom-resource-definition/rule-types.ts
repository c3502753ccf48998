/**
 * A structural schema as the type that rules see (apiextensions' SchemaDeclType): what it does not say, rules cannot
 * reach. Bounds go along, for the estimate of costs.
 */
import { requestBytesMax } from "../../../cel/estimate.ts";
import { escapeName } from "../../../cel/names.ts";
import { dyn, listOf, mapOf, type, type CelType } from "../../../cel/types.ts";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";
import { isSchema } from "./json-schema.ts";

/** `name` tells types apart. Undefined: rules cannot see it. */
export function ruleType(schema: JSONSchemaProps, name = "self", isRoot = false): CelType | undefined {
  if (schema["x-kubernetes-int-or-string"]) return dyn;
  switch (schema.type) {
    case "boolean": return type("bool");
    case "integer": return type("int");
    case "number": return type("double");
    case "string": return textType(schema);
    case "array": {
      const items = isSchema(schema.items) ? ruleType(schema.items, `${name}.items`) : undefined;
      return items && { ...listOf(items), max: schema.maxItems ?? Math.floor((requestBytesMax - 2) / (minSize(schema.items) + 1)) };
    }
    case "object": return objectType(schema, name, isRoot || schema["x-kubernetes-embedded-resource"] === true);
    default: return schema["x-kubernetes-embedded-resource"] ? objectType(schema, name, true) : undefined;
  }
}

const lengths: Record<string, number> = { date: 10, "date-time": 35, duration: 32 };
const kinds: Record<string, string> = { byte: "bytes", duration: "duration", date: "timestamp", "date-time": "timestamp" };

function textType({ format = "", maxLength, enum: values }: JSONSchemaProps): CelType {
  const kind = Object.hasOwn(kinds, format) ? type(kinds[format]!) : type("string");
  const named = values?.length ? Math.max(...values.map((v) => String(v).length)) : undefined;
  // A character takes up to four bytes.
  return { ...kind, max: lengths[format] ?? named ?? (maxLength === undefined ? requestBytesMax - 2 : Math.min(maxLength * 4, requestBytesMax)) };
}

function objectType(schema: JSONSchemaProps, name: string, isWhole: boolean): CelType | undefined {
  const values = schema.additionalProperties;
  if (values !== undefined && values !== false && !isWhole) {
    const value = isSchema(values) ? ruleType(values, `${name}.values`) : undefined;
    // Upstream takes keys for free; definitions in the wild rely on it.
    return value && { ...mapOf({ ...type("string"), max: 0 }, value), max: schema.maxProperties ?? Math.floor((requestBytesMax - 2) / (minSize(values) + 6)) };
  }
  const found = new Map<string, { key: string; type: CelType } | undefined>();
  let properties: Map<string, [string, JSONSchemaProps]> | undefined;
  return {
    kind: "object", name,
    field(escaped) {
      if (found.has(escaped)) return found.get(escaped);
      properties ??= propertiesOf(schema, isWhole);
      const property = properties.get(escaped);
      const of = property && ruleType(property[1], `${name}.${property[0]}`);
      const result = property && of && { key: property[0], type: of };
      found.set(escaped, result);
      return result;
    },
  };
}

const text: JSONSchemaProps = { type: "string" };

function propertiesOf(schema: JSONSchemaProps, isWhole: boolean): Map<string, [string, JSONSchemaProps]> {
  const all = new Map(Object.entries(schema.properties ?? {}));
  if (isWhole) {
    all.set("apiVersion", text).set("kind", text);
    all.set("metadata", { type: "object", properties: { name: text, generateName: text } });
  }
  return new Map([...all].flatMap(([key, property]) => {
    const escaped = escapeName(key);
    return escaped === undefined ? [] : [[escaped, [key, property] as [string, JSONSchemaProps]] as const];
  }));
}

/** The fewest bytes of JSON that such a value takes. */
export function minSize(schema: unknown, depth = 0): number {
  if (!isSchema(schema) || depth > 20) return 1;
  if (schema.type === "string") return 2;
  if (schema.type === "boolean") return 4;
  if (schema.type === "array") return 2;
  if (schema.type !== "object") return 1;
  return (schema.required ?? []).reduce((sum, name) => {
    const property = schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    return property && property.default === undefined ? sum + name.length + 4 + minSize(property, depth + 1) : sum;
  }, 2);
}
