/**
 * What the expressions of admission policies see: the object and its former state, the request, the namespace,
 * parameters, an authorizer, and the policy's own variables. The same for a policy's validation and for its runs.
 */
import { CompileError, prepare, type Program } from "../../../cel/program.ts";
import { dyn, listOf, mapOf, type, type CelType } from "../../../cel/types.ts";
import type { StructTypes } from "../../../cel/checker.ts";
import type { Variable } from "../../types/admissionregistration-v1.generated.ts";

export interface Compiled { readonly expression: string; readonly program?: Program; readonly error?: string }
export interface Sight { hasParams: boolean; hasAuthorizer: boolean; hasPatchTypes?: boolean; object?: CelType; params?: CelType }

/** Declares what one policy's expressions may name. Variables come one by one: each sees those before it. */
export class Environment {
  readonly #sight: Sight;
  readonly #variables = new Map<string, { key: string; type: CelType }>();
  readonly #variablesType: CelType = { kind: "object", name: "variables", field: (name) => this.#variables.get(name) };
  constructor(sight: Sight) { this.#sight = sight; }

  compile(expression: string, returns: readonly string[], { hasAuthorizer = this.#sight.hasAuthorizer }: { hasAuthorizer?: boolean } = {}): Compiled {
    let program: Program;
    try { program = prepare(expression, this.#declarations(hasAuthorizer), this.#sight.hasPatchTypes ? patchTypes : undefined); } catch (error) {
      if (error instanceof CompileError) return { expression, error: `compilation failed: ${error.message}` };
      throw error;
    }
    const { type: found } = program;
    const name = found.kind === "object" ? found.name! : found.kind;
    if (returns.length === 0 || returns.includes(name)) return { expression, program };
    return { expression, error: returns.length === 1 ? `must evaluate to ${returns[0]}` : `must evaluate to one of [${returns.join(" ")}]` };
  }

  addVariable({ name, expression }: Variable): Compiled {
    const compiled = this.compile(expression, []);
    this.#variables.set(name, { key: name, type: compiled.program?.type ?? dyn });
    return compiled;
  }

  #declarations(hasAuthorizer: boolean): Map<string, CelType> {
    const { hasParams, object = dyn, params = dyn } = this.#sight;
    const declared = new Map<string, CelType>([["object", object], ["oldObject", object], ["request", requestType], ["namespaceObject", namespaceType], ["variables", this.#variablesType]]);
    if (hasParams) declared.set("params", params);
    if (hasAuthorizer) declared.set("authorizer", type("Authorizer"));
    return declared;
  }
}

const struct = (name: string, fields: Record<string, CelType>): CelType => {
  const all = new Map(Object.entries(fields).map(([key, of]) => [key, { key, type: of }]));
  return { kind: "object", name, field: (field) => all.get(field) };
};
const text = type("string"), bool = type("bool"), int = type("int");
const texts = mapOf(text, text);
const kind = struct("kubernetes.GroupVersionKind", { group: text, version: text, kind: text });
const resource = struct("kubernetes.GroupVersionResource", { group: text, version: text, resource: text });

const requestType = struct("kubernetes.AdmissionRequest", {
  kind, resource, subResource: text, requestKind: kind, requestResource: resource, requestSubResource: text, name: text, namespace: text, operation: text,
  userInfo: struct("kubernetes.UserInfo", { username: text, uid: text, groups: listOf(text), extra: mapOf(text, listOf(text)) }), dryRun: bool, options: dyn, uid: text,
});

const namespaceType = struct("kubernetes.Namespace", {
  metadata: struct("kubernetes.NamespaceMetadata", { name: text, generateName: text, namespace: text, labels: texts, annotations: texts, UID: text, uid: text, creationTimestamp: dyn, deletionTimestamp: dyn, deletionGracePeriodSeconds: int, generation: int, resourceVersion: text, finalizers: listOf(text) }),
  spec: struct("kubernetes.NamespaceSpec", { finalizers: listOf(text) }), status: struct("kubernetes.NamespaceStatus", { phase: text }), apiVersion: text, kind: text,
});

const jsonPatch = struct("JSONPatch", { op: text, path: text, from: text, value: dyn });

/** `JSONPatch{…}`, and `Object{…}` whose inner types are named by their path: `Object.spec.template{…}`. */
const patchTypes: StructTypes = (name) => {
  if (name === "JSONPatch") return jsonPatch;
  if (name !== "Object" && !name.startsWith("Object.")) return undefined;
  return { kind: "object", name, field: (key) => ({ key, type: dyn }) };
};
