import type { Field, Schema, StructSchema } from "../../kinds/schema.ts";
import { wire } from "./reader.ts";

/** A struct as protobuf sees it: fields by number, with Go's inlined structs as messages of their own. */
export interface MessagePlan {
  /** In ascending order of number, in which they are written. */
  readonly fields: readonly FieldPlan[];
  readonly byNumber: ReadonlyMap<number, FieldPlan>;
  /** Fields that JSON shows even when they are zero. */
  readonly shown: readonly Field[];
}

export interface FieldPlan {
  readonly number: number;
  readonly name: string;
  readonly schema: Schema;
  /** Protobuf always carries it, zero or not: whatever is neither a pointer nor a list, map or byte slice in Go. */
  readonly always: boolean;
  /** JSON leaves the zero value out. */
  readonly omitZero: boolean;
  /** The fields of this message stand in the JSON object around it. */
  readonly inlined?: MessagePlan;
}

const plans = new WeakMap<StructSchema, MessagePlan>();

export function planOf(schema: StructSchema): MessagePlan {
  let plan = plans.get(schema);
  if (!plan) {
    const numbered = [...schema.fields.values()].filter((f) => f.number !== undefined);
    plan = { ...planLevel(numbered, 0), shown: numbered.filter((f) => !f.pointer && !f.omitEmpty) };
    plans.set(schema, plan);
  }
  return plan;
}

/** `level` counts the inlined messages around these fields. */
function planLevel(fields: readonly Field[], level: number): MessagePlan {
  const plans: FieldPlan[] = [];
  const inlined = new Map<number, Field[]>();
  for (const field of fields) {
    const around = field.within?.[level];
    if (around === undefined) plans.push(planField(field));
    else inlined.set(around, [...(inlined.get(around) ?? []), field]);
  }
  for (const [number, inner] of inlined) {
    plans.push({ number, name: "", schema: { type: "any" }, always: true, omitZero: false, inlined: planLevel(inner, level + 1) });
  }
  plans.sort((a, b) => a.number - b.number);
  return { fields: plans, byNumber: new Map(plans.map((p) => [p.number, p])), shown: [] };
}

const absentWhenEmpty = new Set<Schema["type"]>(["list", "map", "bytes"]);

const planField = (field: Field): FieldPlan => ({
  number: field.number!,
  name: field.name,
  schema: field.schema,
  always: !field.pointer && !absentWhenEmpty.has(field.schema.type),
  omitZero: field.omitEmpty === true && !field.pointer,
});

export function wireTypeOf(schema: Schema): number {
  switch (schema.type) {
    case "boolean": case "int32": case "int64": case "uint32": case "uint64": return wire.varint;
    case "double": return wire.fixed64;
    default: return wire.bytes;
  }
}
