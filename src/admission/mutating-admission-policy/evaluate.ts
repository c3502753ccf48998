import { toJson } from "../../cel/json-values.ts";
import { CelMap, isList, type Value } from "../../cel/values.ts";
import { conformObject, type DecodeTarget } from "../../api/decode/index.ts";
import { mergeTyped } from "../../api/patch/managed-fields/merge.ts";
import { applyJsonPatch } from "../../api/patch/index.ts";
import { Environment, type Compiled } from "../../kinds/admissionregistration/policy/environment.ts";
import { schemaOf } from "../../kinds/facts/table.ts";
import type { WriteContext } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { StructSchema } from "../../kinds/schema.ts";
import type { MutatingAdmissionPolicy } from "../../kinds/types/admissionregistration-v1.generated.ts";
import { ApiError } from "../../lib/errors.ts";
import type { AdmissionAttributes } from "../plugin.ts";
import { Activation } from "../policy/activation.ts";
import { compileConditions, meetsConditions } from "../policy/conditions.ts";

/** An expression or what it made was no good; the failure policy says what becomes of the request. */
export class MutationError extends Error {}

interface CompiledPolicy { conditions: Compiled[]; variables: Map<string, Compiled>; mutations: { isJsonPatch: boolean; expression: Compiled }[] }
const compiled = new WeakMap<MutatingAdmissionPolicy, CompiledPolicy>();

function compiledOf(policy: MutatingAdmissionPolicy): CompiledPolicy {
  let found = compiled.get(policy);
  if (!found) compiled.set(policy, (found = compile(policy)));
  return found;
}

function compile({ spec = {} }: MutatingAdmissionPolicy): CompiledPolicy {
  const hasParams = spec.paramKind !== undefined;
  const environment = new Environment({ hasParams, hasAuthorizer: true, hasPatchTypes: true });
  const variables = new Map((spec.variables ?? []).map((variable) => [variable.name, environment.addVariable(variable)]));
  return {
    conditions: compileConditions(spec.matchConditions, hasParams), variables,
    mutations: (spec.mutations ?? []).map(({ patchType, jsonPatch, applyConfiguration }) => {
      const isJsonPatch = patchType === "JSONPatch";
      return { isJsonPatch, expression: environment.compile(((isJsonPatch ? jsonPatch : applyConfiguration)?.expression ?? "").trim(), [isJsonPatch ? "list" : "Object"]) };
    }),
  };
}

/** The object as a policy makes it; the same object if it has nothing to change. Each mutation sees what those before it did. */
export function mutate(policy: MutatingAdmissionPolicy, attributes: AdmissionAttributes & { object: KubeObject }, ctx: WriteContext, params: KubeObject | undefined): KubeObject {
  const { conditions, variables, mutations } = compiledOf(policy);
  const met = meetsConditions(conditions, attributes, ctx, params);
  if (met === false) return attributes.object;
  if (met !== true) throw new MutationError(met.error);
  const { budget } = new Activation(attributes, ctx, {});
  let { object } = attributes;
  for (const { isJsonPatch, expression } of mutations) {
    const { value, error } = new Activation({ ...attributes, object }, ctx, { params, variables, budget }).evaluate(expression);
    if (error !== undefined) throw new MutationError(error);
    object = isJsonPatch ? patched(object, value!, targetOf(attributes)) : applied(object, value!, targetOf(attributes));
  }
  return object;
}

function patched(object: KubeObject, value: Value, target: DecodeTarget): KubeObject {
  if (!isList(value)) throw new MutationError("type mismatch: JSONPatchType.expression should evaluate to array");
  const operations = value.map((operation) => {
    if (!(operation instanceof CelMap)) throw new MutationError("type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch");
    return toJson(operation);
  });
  try {
    return conformed(applyJsonPatch(object, JSON.stringify(operations)), target);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const why = error.status.details?.causes?.[0]?.message ?? error.message;
    // A test that fails says: not this time.
    if (why.startsWith("testing ")) return object;
    throw new MutationError(`JSON Patch: ${why}`);
  }
}

function applied(object: KubeObject, value: Value, target: DecodeTarget): KubeObject {
  const patch = toJson(value) as Record<string, unknown>;
  try {
    return conformed(mergeTyped(object, conformed({ ...patch, apiVersion: object.apiVersion, kind: object.kind }, target), target.schema), target);
  } catch (error) {
    if (error instanceof ApiError) throw new MutationError(`error applying patch: ${error.message}`);
    throw error;
  }
}

const targetOf = ({ kind, version = kind.versions[0] }: AdmissionAttributes): DecodeTarget =>
  ({ group: version.group ?? kind.group, version: version.version, kind: kind.kind, schema: (version.schema ?? schemaOf(version.type!)) as StructSchema });
/** A patch may make anything: what does not fit the kind must not get further. */
const conformed = (value: unknown, target: DecodeTarget): KubeObject => conformObject(value, target, "Strict").object;
