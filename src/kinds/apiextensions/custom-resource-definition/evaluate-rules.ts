/**
 * x-kubernetes-validations, run over an object and what it replaces (apiextensions' cel.Validator): rules about a change
 * run where there is a former value to compare, and what did not change is not judged again.
 */
import { fromJson } from "../../../cel/json-values.ts";
import { Budget, run, variablesOf, type Program } from "../../../cel/program.ts";
import type { CelType } from "../../../cel/types.ts";
import { none, Optional, type Value } from "../../../cel/values.ts";
import { deepEqual } from "../../../lib/deep-equal.ts";
import { duplicate, forbiddenField, invalidValue, required, type FieldError } from "../../../lib/field-error.ts";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";
import { fieldAt, isSchema } from "./json-schema.ts";
import { hasRules, rulesOf, type Rule, type Rules } from "./rules.ts";

const outOfBudget = "validation failed due to running out of cost budget, no further validation rules will be run";
const messageLengthMax = 5 * 1024;

/** `path` "" and no schema errors before: rules rely on the schema. */
export function evaluateRules(value: unknown, schema: JSONSchemaProps, { path = "", old, isRoot = false }: { path?: string; old?: unknown; isRoot?: boolean } = {}): FieldError[] {
  if (!hasRules(schema)) return [];
  const evaluation = new Evaluation();
  evaluation.visit({ value, schema, old, path, isRoot });
  return evaluation.errors;
}

/** `isKept`: part of something that is as it was, though it cannot itself be told from its neighbours. */
interface Place { value: unknown; schema: JSONSchemaProps; old: unknown; path: string; isRoot?: boolean; isKept?: boolean }

class Evaluation {
  readonly errors: FieldError[] = [];
  readonly #budget = new Budget();
  #stopped = false;

  visit(place: Place): void {
    const { value, schema, old, path } = place;
    if (this.#stopped || value === null || value === undefined || !hasRules(schema)) return;
    const rules = rulesOf(schema, place.isRoot);
    if (rules) this.#evaluate(rules, place);
    if (Array.isArray(value) && isSchema(schema.items)) {
      const before = correlate(schema, old);
      const isKept = before === nothing && isUnchanged(place);
      for (const [i, item] of value.entries()) this.visit({ value: item, schema: schema.items, old: before(item), path: `${path}[${i}]`, isKept });
    } else if (typeof value === "object" && !Array.isArray(value)) this.#visitObject(value as Record<string, unknown>, place);
  }

  #visitObject(object: Record<string, unknown>, { schema, old, path, isKept }: Place): void {
    for (const name of Object.keys(object)) {
      const isProperty = schema.properties !== undefined && Object.hasOwn(schema.properties, name);
      const inner = isProperty ? schema.properties![name] : schema.additionalProperties;
      if (!isSchema(inner) || !hasRules(inner)) continue;
      this.visit({ value: object[name], schema: inner, old: ownValue(old, name), path: isProperty ? fieldAt(path, name) : `${path}[${name}]`, isKept });
    }
  }

  #evaluate({ type, rules }: Rules, place: Place): void {
    const { value, old } = place;
    const hasOld = old !== undefined && old !== null;
    const unchanged = isUnchanged(place);
    const self = fromJson(value, type);
    for (const rule of rules) {
      if (this.#stopped) return;
      if (!rule.program || (rule.usesOldSelf ? !hasOld && !rule.written.optionalOldSelf : unchanged)) continue;
      this.#evaluateOne(rule, rule.program, { ...place, self, oldSelf: oldValue(rule, type, hasOld ? old : undefined) });
    }
  }

  #evaluateOne(rule: Rule, program: Program, place: Place & { self: Value; oldSelf: Value | undefined }): void {
    const { schema, self, oldSelf } = place;
    const path = place.path || "<nil>";
    const stop = (text: string) => { this.#stopped = true; this.errors.push(invalidValue(path, schema.type ?? "", text)); };
    const variables = variablesOf({ self, oldSelf });
    const { value, error, exhausted } = outcome(run(program, variables, this.#budget));
    const shown = (rule.written.message || rule.written.rule).trim();
    if (exhausted === "budget") return stop(outOfBudget);
    if (exhausted) return stop(`'${error}': no further validation rules will be run due to call cost exceeds limit for rule: ${shown}`);
    if (error !== undefined) {
      const text = error.startsWith("no such overload") ? `'${error}': call arguments did not match a supported operator, function or macro signature for rule: ${shown}` : `${error} evaluating rule: ${shown}`;
      this.errors.push(invalidValue(path, schema.type ?? "", text));
      return;
    }
    if (value === true) return;
    const said = this.#message(rule, variables);
    if (typeof said === "object") return stop(said.stopped);
    this.errors.push(broken(rule, place, said ?? (rule.written.message?.trim() || `failed rule: ${shown}`)));
  }

  /** What the author's expression says; undefined where it fails to say something fit to print. */
  #message({ message, written }: Rule, variables: (name: string) => Value | undefined): string | { stopped: string } | undefined {
    if (!message) return undefined;
    const { value, exhausted } = outcome(run(message, variables, this.#budget));
    if (exhausted === "budget") return { stopped: "messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run" };
    if (exhausted) return { stopped: `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${JSON.stringify(written.messageExpression)}` };
    const text = typeof value === "string" ? value.trim() : "";
    return text === "" || text.length > messageLengthMax || text.includes("\n") ? undefined : text;
  }
}

const outcome = (result: ReturnType<typeof run>): { value?: Value; error?: string; exhausted?: "call" | "budget" } => result as never;

function oldValue(rule: Rule, type: CelType, old: unknown): Value | undefined {
  if (!rule.usesOldSelf) return undefined;
  const value = old === undefined ? undefined : fromJson(old, type);
  if (!rule.written.optionalOldSelf) return value;
  return value === undefined ? none : new Optional(value);
}

function broken({ written }: Rule, { value, path, schema }: Place, detail: string): FieldError {
  const field = (path + (written.fieldPath ?? "")).replace(/^\./, "") || "<nil>";
  switch (written.reason) {
    case "FieldValueForbidden": return forbiddenField(field, detail);
    case "FieldValueRequired": return required(field, detail);
    case "FieldValueDuplicate": return duplicate(field, value);
  }
  if (schema.type === "object" || schema.type === "array") return { reason: "FieldValueInvalid", field, message: `Invalid value: ${detail}` };
  return invalidValue(field, value, detail);
}

const isUnchanged = ({ value, old, isKept = false }: Place): boolean => (old === undefined || old === null ? isKept : deepEqual(value, old));

const nothing = (): undefined => undefined;

/** Entries of keyed lists alone can be told to be the same as before. */
function correlate(schema: JSONSchemaProps, old: unknown): (item: unknown) => unknown {
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (schema["x-kubernetes-list-type"] !== "map" || !Array.isArray(old)) return nothing;
  const keyOf = (item: unknown) => JSON.stringify(keys.map((key) => ownValue(item, key) ?? null));
  const before = new Map(old.map((item) => [keyOf(item), item as unknown]));
  return (item) => before.get(keyOf(item));
}

const ownValue = (object: unknown, name: string): unknown =>
  typeof object === "object" && object !== null && Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
