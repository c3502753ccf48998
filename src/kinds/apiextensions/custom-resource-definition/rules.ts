import { mentions } from "../../../cel/estimate.ts";
import { CompileError, prepare, type Program } from "../../../cel/program.ts";
import { optionalOf, type CelType } from "../../../cel/types.ts";
import type { JSONSchemaProps, ValidationRule } from "../../types/apiextensions-v1.generated.ts";
import { ruleType } from "./rule-types.ts";

export interface Rule {
  readonly written: ValidationRule;
  readonly program?: Program;
  readonly error?: string;
  readonly message?: Program;
  readonly messageError?: string;
  readonly usesOldSelf: boolean;
}
export interface Rules { readonly type: CelType; readonly rules: readonly Rule[] }

const compiled = new WeakMap<JSONSchemaProps, Rules | null>();

/** The rules of one place in a schema, compiled when first asked for. Undefined where there are none. */
export function rulesOf(schema: JSONSchemaProps, isRoot = false): Rules | undefined {
  const written = schema["x-kubernetes-validations"];
  if (!written?.length) return undefined;
  let rules = compiled.get(schema);
  if (rules === undefined) {
    const type = ruleType(schema, "self", isRoot);
    rules = type ? { type, rules: written.map((rule) => compileRule(rule, type)) } : null;
    compiled.set(schema, rules);
  }
  return rules ?? undefined;
}

function compileRule(written: ValidationRule, type: CelType): Rule {
  const declared = new Map([["self", type], ["oldSelf", written.optionalOldSelf ? optionalOf(type) : type]]);
  const rule = tryPrepare(written.rule, declared);
  if (typeof rule === "string") return { written, error: `compilation failed: ${rule}`, usesOldSelf: false };
  const usesOldSelf = mentions(rule.expr, "oldSelf");
  if (rule.type.kind !== "bool") return { written, error: "cel expression must evaluate to a bool", usesOldSelf };
  if (!written.messageExpression) return { written, program: rule, usesOldSelf };
  const message = tryPrepare(written.messageExpression, declared);
  if (typeof message === "string") return { written, program: rule, usesOldSelf, messageError: `messageExpression compilation failed: ${message}` };
  if (message.type.kind !== "string") return { written, program: rule, usesOldSelf, messageError: "messageExpression must evaluate to a string" };
  return { written, program: rule, message, usesOldSelf };
}

function tryPrepare(source: string, declared: ReadonlyMap<string, CelType>): Program | string {
  try { return prepare(source, declared); } catch (error) {
    if (error instanceof CompileError) return error.message;
    throw error;
  }
}

const withRules = new WeakMap<JSONSchemaProps, boolean>();

/** Whether there are rules anywhere below: what has none is not walked again. */
export function hasRules(schema: JSONSchemaProps): boolean {
  let found = withRules.get(schema);
  if (found === undefined) withRules.set(schema, (found = (schema["x-kubernetes-validations"]?.length ?? 0) > 0 || children(schema).some(hasRules)));
  return found;
}

const children = (schema: JSONSchemaProps): JSONSchemaProps[] =>
  [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties].filter((s): s is JSONSchemaProps => typeof s === "object" && s !== null && !Array.isArray(s));
