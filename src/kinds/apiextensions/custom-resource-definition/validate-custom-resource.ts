/**
 * What is wrong with a custom resource, in upstream's order: the schema, the paths of its scale, embedded objects, lists
 * that are sets or maps, and, where the schema holds, the rules.
 */
import { invalidValue, type FieldError } from "../../../lib/field-error.ts";
import type { KubeObject } from "../../object.ts";
import type { CustomResourceSubresourceScale, JSONSchemaProps } from "../../types/apiextensions-v1.generated.ts";
import { evaluateRules } from "./evaluate-rules.ts";
import { hasRules } from "./rules.ts";
import { validateEmbedded } from "./validate-embedded.ts";
import { validateListTypes } from "./validate-list-types.ts";
import { below, validateValue } from "./validate-value.ts";

interface By { schema: JSONSchemaProps | undefined; scale: CustomResourceSubresourceScale | undefined; old?: KubeObject | undefined }

export function validateCustomResource(obj: KubeObject, { schema, scale, old }: By): FieldError[] {
  const errors = schema ? validateValue(obj, schema, { old }) : [];
  if (scale) errors.push(...validateSpecReplicas(obj, scale), ...validateScaleStatus(obj, scale));
  if (schema) errors.push(...validateEmbedded(obj, schema), ...newListErrors(obj, old, schema));
  return withRules(errors, obj, { schema, scale, old });
}

/** Through the door of the status only the status is checked, but rules may compare it with the rest. */
export function validateCustomStatus(obj: KubeObject, { schema, scale, old }: By & { old: KubeObject }): FieldError[] {
  const ofStatus = schema?.properties?.["status"];
  const errors = ofStatus && obj["status"] !== undefined ? validateValue(obj["status"], ofStatus, { old: old["status"] }).map((error) => below("status", error)) : [];
  if (scale) errors.push(...validateScaleStatus(obj, scale));
  if (schema) errors.push(...newListErrors(obj, old, schema));
  return withRules(errors, obj, { schema, scale, old });
}

/** Sets and maps that were in disorder before may stay so. */
function newListErrors(obj: KubeObject, old: KubeObject | undefined, schema: JSONSchemaProps): FieldError[] {
  const errors = validateListTypes(obj, schema);
  return errors.length > 0 && old && validateListTypes(old, schema).length > 0 ? [] : errors;
}

const unchecked = "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
const blocking = new Set(["FieldValueNotSupported", "FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany", "FieldValueTypeInvalid"]);

/** Rules rely on what the schema says of types: they are run when that holds. */
function withRules(errors: FieldError[], obj: KubeObject, { schema, old }: By): FieldError[] {
  if (!schema || !hasRules(schema)) return errors;
  if (errors.some((e) => blocking.has(e.reason))) return [...errors, invalidValue("<nil>", null, unchecked)];
  return [...errors, ...evaluateRules(obj, schema, { old, isRoot: true })];
}

const int32Max = 2_147_483_647;

function validateSpecReplicas(obj: KubeObject, { specReplicasPath: path }: CustomResourceSubresourceScale): FieldError[] {
  const { value, error } = numberAt(obj, path);
  if (error !== undefined) return [invalidValue(path, 0, error)];
  if (value < 0) return [invalidValue(path, value, "should be a non-negative integer")];
  return value > int32Max ? [invalidValue(path, value, `should be less than or equal to ${int32Max}`)] : [];
}

function validateScaleStatus(obj: KubeObject, { statusReplicasPath: path, labelSelectorPath }: CustomResourceSubresourceScale): FieldError[] {
  const errors: FieldError[] = [];
  const { value, error } = numberAt(obj, path);
  if (error !== undefined) errors.push(invalidValue(path, 0, error));
  else if (value < 0) errors.push(invalidValue(path, value, "should be a non-negative integer"));
  else if (value > int32Max) errors.push(invalidValue(path, value, `should be less than or equal to ${int32Max}`));
  if (!labelSelectorPath) return errors;
  const selector = valueAt(obj, labelSelectorPath);
  if (selector !== undefined && typeof selector !== "string") errors.push(invalidValue(labelSelectorPath, "", accessorError(labelSelectorPath, selector, "string")));
  return errors;
}

function numberAt(obj: KubeObject, path: string): { value: number; error?: string } {
  const value = valueAt(obj, path);
  if (value === undefined) return { value: 0 };
  return typeof value === "number" && Number.isInteger(value) ? { value } : { value: 0, error: accessorError(path, value, "int64") };
}

function valueAt(obj: KubeObject, path: string): unknown {
  let value: unknown = obj;
  for (const name of path.split(".").filter(Boolean)) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** In the words of the accessor that upstream reads paths with. */
const accessorError = (path: string, value: unknown, expected: string): string => `${path} accessor error: ${goValue(value)} is of the type ${goType(value)}, expected ${expected}`;

function goType(value: unknown): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return "[]interface {}";
  switch (typeof value) {
    case "string": return "string";
    case "boolean": return "bool";
    case "number": return Number.isInteger(value) ? "int64" : "float64";
    default: return "map[string]interface {}";
  }
}

const goValue = (value: unknown): string => (value === null ? "<nil>" : typeof value === "object" ? JSON.stringify(value) : String(value));
