import { typeOfSchema } from "../../../cel/schema-types.ts";
import { dyn, type CelType } from "../../../cel/types.ts";
import { isBuiltInType, schemaOf } from "../../facts/table.ts";
import type { Kind } from "../../kind.ts";
import type { Reader } from "../../transaction.ts";
import type { ExpressionWarning, TypeChecking, ValidatingAdmissionPolicy, ValidatingAdmissionPolicySpec } from "../../types/admissionregistration-v1.generated.ts";
import { Environment } from "../policy/environment.ts";

/** Upstream's bound on the types that one policy is checked against. */
const typesMax = 10;

/** What its expressions get wrong about the types that it matches. Rules with wildcards name no types. */
export function checkTypes({ spec = {} }: ValidatingAdmissionPolicy, reader: Reader): TypeChecking {
  const params = spec.paramKind ? paramsType(spec.paramKind as { apiVersion: string; kind: string }, reader) : undefined;
  const found = new Map<string, string[]>();
  for (const { name, type } of matchedTypes(spec, reader)) {
    for (const [fieldRef, error] of problems(spec, type, params)) found.set(fieldRef, [...(found.get(fieldRef) ?? []), `${name}: ${error}`]);
  }
  const expressionWarnings: ExpressionWarning[] = [...found].map(([fieldRef, texts]) => ({ fieldRef, warning: `${texts.join("\n")}\n` }));
  return expressionWarnings.length > 0 ? { expressionWarnings } : {};
}

function problems(spec: ValidatingAdmissionPolicySpec, object: CelType, params: CelType | undefined): [string, string][] {
  const environment = new Environment({ hasParams: spec.paramKind !== undefined, hasAuthorizer: true, object, ...(params && { params }) });
  for (const variable of spec.variables ?? []) if (variable.expression) environment.addVariable(variable);
  return (spec.validations ?? []).flatMap(({ expression, messageExpression }, i) => {
    const checked: [string, string | undefined][] = [[`spec.validations[${i}].expression`, expression], [`spec.validations[${i}].messageExpression`, messageExpression]];
    return checked.flatMap(([ref, text]): [string, string][] => {
      const error = text?.trim() ? environment.compile(text, []).error : undefined;
      return error === undefined ? [] : [[ref, error.replace(/^compilation failed: /, "")]];
    });
  });
}

function* matchedTypes(spec: ValidatingAdmissionPolicySpec, reader: Reader): Generator<{ name: string; type: CelType }> {
  const seen = new Set<string>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of spec.matchConstraints?.resourceRules ?? []) {
    for (const group of apiGroups) for (const version of apiVersions) for (const resource of resources) {
      const kind = [group, version, resource].some((part) => part.includes("*")) || resource.includes("/") ? undefined : reader.kindFor(group, resource);
      const type = kind && typeOf(kind, version);
      const name = `${group ? `${group}/` : ""}${version}, Kind=${kind?.kind ?? ""}`;
      if (!type || seen.has(name) || seen.size >= typesMax) continue;
      seen.add(name);
      yield { name, type };
    }
  }
}

function typeOf(kind: Kind, wanted: string): CelType | undefined {
  const version = kind.versions.find((v) => v.version === wanted);
  if (!version) return undefined;
  if (version.schema) return typeOfSchema(version.schema);
  return version.type && isBuiltInType(version.type) ? typeOfSchema(schemaOf(version.type)) : undefined;
}

function paramsType(param: { apiVersion: string; kind: string }, reader: Reader): CelType {
  const kind = param.apiVersion && param.kind ? reader.kindOf(param) : undefined;
  return (kind && typeOf(kind, param.apiVersion.split("/").at(-1)!)) ?? dyn;
}
