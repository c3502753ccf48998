import table from "../../../facts/types.json" with { type: "json" };
import type { Field, Schema, StructSchema } from "../schema.ts";
import { isAtomic, isOpaque, parseFields } from "./parse-type.ts";

/**
 * The built-in types of Kubernetes v1.36 as schemas, from the table in `facts/`. A type is read when its fields are
 * first asked for, and kept: the same name always gives the same object.
 */
export function schemaOf(typeName: string): StructSchema {
  const schema = lookup(typeName);
  if (schema.type !== "struct") throw new Error(`${typeName} is not a struct`);
  return schema;
}

/** OpenAPI definition name of a kind, such as `io.k8s.api.apps.v1.Deployment`. `group` is "" for the core group. */
export function typeNameOf(group: string, version: string, kind: string): string | undefined {
  const key = `${group}/${version}/${kind}`;
  return Object.hasOwn(kindNames, key) ? kindNames[key] : undefined;
}

export interface BuiltInKind { group: string; version: string; kind: string; type: string }

/** Every kind of the table, lists and options included, in the table's order (by group, version, kind). */
export function* builtInKinds(): Generator<BuiltInKind> {
  for (const [key, type] of Object.entries(kindNames)) {
    const [group, version, kind] = key.split("/") as [string, string, string];
    yield { group, version, kind, type };
  }
}

/** Every type of the table. */
export const typeNames = (): string[] => Object.keys(lines);
export const isBuiltInType = (typeName: string): boolean => Object.hasOwn(lines, typeName);

const lines: Readonly<Record<string, string>> = table.types;
const kindNames: Readonly<Record<string, string>> = table.kinds;
const known = new Map<string, Schema>();

function lookup(typeName: string): Schema {
  const seen = known.get(typeName);
  if (seen) return seen;
  if (!isBuiltInType(typeName)) throw new Error(`no such built-in type: ${typeName}`);
  const line = lines[typeName]!;
  const schema: Schema = isOpaque(line) ? { type: "any", name: typeName } : new BuiltInStruct(typeName, line);
  known.set(typeName, schema);
  return schema;
}

class BuiltInStruct implements StructSchema {
  readonly type = "struct";
  readonly name: string;
  readonly atomic: boolean;
  readonly #line: string;
  #fields: ReadonlyMap<string, Field> | undefined;

  constructor(name: string, line: string) {
    this.name = name;
    this.atomic = isAtomic(line);
    this.#line = line;
  }

  get fields(): ReadonlyMap<string, Field> {
    return (this.#fields ??= parseFields(this.#line, lookup));
  }
}
