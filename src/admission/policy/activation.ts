/**
 * One run of a policy's expressions over a request: the variables that they see, the policy's own ones evaluated when
 * first asked for, and a budget that all share.
 */
import { authorizerOf, type Question } from "../../cel/functions/authorizer.ts";
import { fromJson } from "../../cel/json-values.ts";
import { Budget, run, type Outcome } from "../../cel/program.ts";
import { CelError, CelMap, CostExceeded, type Value } from "../../cel/values.ts";
import type { Compiled } from "../../kinds/admissionregistration/policy/environment.ts";
import { namespace as namespaceKind } from "../../kinds/core/namespace/kind.ts";
import type { AuthorizationAttributes, KindVersion, UserInfo, WriteContext } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { AdmissionAttributes } from "../plugin.ts";

export type Variables = ReadonlyMap<string, Compiled>;
export interface Result { value?: Value; error?: string; outOfBudget?: boolean }

export class Activation {
  readonly budget: Budget;
  readonly #attributes: AdmissionAttributes;
  readonly #ctx: WriteContext;
  readonly #known = new Map<string, Value>();
  readonly #variables: LazyVariables;

  constructor(attributes: AdmissionAttributes, ctx: WriteContext, { params, variables = new Map(), budget = new Budget() }: { params?: KubeObject | undefined; variables?: Variables; budget?: Budget }) {
    this.#attributes = attributes;
    this.#ctx = ctx;
    this.budget = budget;
    this.#variables = new LazyVariables(variables, (compiled) => this.#run(compiled));
    this.#known.set("params", params ? fromJson(params) : null).set("variables", this.#variables);
  }

  /** Errors are told in upstream's words. */
  evaluate(compiled: Compiled): Result {
    if (!compiled.program) return { error: `compilation error: ${compiled.error}` };
    const { value, error, exhausted } = this.#run(compiled) as { value?: Value; error?: string; exhausted?: string };
    if (exhausted === "budget") return { error: "validation failed due to running out of cost budget, no further validation rules will be run", outOfBudget: true };
    return error === undefined ? { value: value! } : { error: `expression '${compiled.expression}' resulted in error: ${error}` };
  }

  #run({ program, error }: Compiled): Outcome {
    return program ? run(program, (name) => this.#variable(name), this.budget) : { error: `compilation error: ${error}` };
  }

  #variable(name: string): Value | undefined {
    let value = this.#known.get(name);
    if (value === undefined) {
      value = this.#make(name);
      if (value !== undefined) this.#known.set(name, value);
    }
    return value;
  }

  #make(name: string): Value | undefined {
    const { object, old, input } = this.#attributes;
    switch (name) {
      case "object": return objectValue(input ?? (this.#attributes.operation === "DELETE" ? undefined : object));
      case "oldObject": return objectValue(old);
      case "request": return fromJson(requestOf(this.#attributes, this.#ctx));
      case "namespaceObject": return objectValue(this.#namespace());
      case "authorizer": return authorizerOf((question) => this.#ctx.authorize(asAttributes(question), asUser(question, this.#ctx.user)), {
        group: this.#attributes.kind.group, resource: this.#attributes.kind.resource, ...definedOnly(this.#attributes),
      });
    }
    return undefined;
  }

  #namespace(): KubeObject | undefined {
    const { namespace, kind } = this.#attributes;
    return namespace && !kind.isNamespace ? this.#ctx.reader.get(namespaceKind, undefined, namespace) : undefined;
  }
}

/** A policy's variables: an expression each, run once and only if needed. */
class LazyVariables extends CelMap {
  readonly #compiled: Variables;
  readonly #run: (compiled: Compiled) => Outcome;
  readonly #known = new Map<string, Outcome>();
  constructor(compiled: Variables, runOne: (compiled: Compiled) => Outcome) { super(); this.#compiled = compiled; this.#run = runOne; }
  get size(): number { return this.#compiled.size; }
  keys(): readonly Value[] { return [...this.#compiled.keys()]; }
  get(key: Value): Value | undefined {
    const compiled = typeof key === "string" ? this.#compiled.get(key) : undefined;
    if (!compiled) return undefined;
    let outcome = this.#known.get(key as string);
    if (!outcome) this.#known.set(key as string, (outcome = this.#run(compiled)));
    if (outcome.error === undefined) return outcome.value;
    if (outcome.exhausted) throw new CostExceeded();
    throw new CelError(`composited variable "${String(key)}" fails to evaluate: ${outcome.error}`);
  }
}

const objectValue = (object: KubeObject | undefined): Value => (object ? fromJson(object) : null);

function definedOnly({ subresource, namespace, name }: AdmissionAttributes): { subresource?: string; namespace?: string; name?: string } {
  return { ...(subresource && { subresource }), ...(namespace && { namespace }), ...(name && { name }) };
}

/** AdmissionRequest (admission/v1), as expressions see it. */
export function requestOf({ kind, operation, subresource, namespace, name, input, version: seen = kind.versions[0] }: AdmissionAttributes, ctx: WriteContext): Record<string, unknown> {
  const { user, dryRun, version: requested } = ctx;
  const [group, inputVersion] = input?.apiVersion?.includes("/") ? input.apiVersion.split("/") : ["", input?.apiVersion];
  const gvk = (version: KindVersion) => (input ? { group, version: inputVersion ?? "", kind: input.kind } : { group: version.group ?? kind.group, version: version.version, kind: kind.kind });
  const gvr = (version: KindVersion) => ({ group: version.group ?? kind.group, version: version.version, resource: kind.resource });
  const options = ctx.operationOptions(operation);
  return {
    uid: "", kind: gvk(seen), resource: gvr(seen), ...(subresource && { subResource: subresource, requestSubResource: subresource }), requestKind: gvk(requested), requestResource: gvr(requested),
    name: name ?? "", ...(namespace && { namespace }), operation, dryRun, ...(options && { options }),
    userInfo: { username: user.username, ...(user.uid && { uid: user.uid }), groups: user.groups, ...(user.extra && { extra: user.extra }) },
  };
}

function asAttributes({ path, verb, group = "", resource = "", subresource, namespace, name, fieldSelector }: Question): AuthorizationAttributes {
  if (path !== undefined) return { verb, path };
  return { verb, group, version: "*", resource, ...(subresource && { subresource }), ...(namespace && { namespace }), ...(name && { name }), ...(fieldSelector && { fieldSelector }) };
}

function asUser({ serviceAccount }: Question, user: UserInfo): UserInfo {
  if (!serviceAccount) return user;
  const { namespace, name } = serviceAccount;
  return { username: `system:serviceaccount:${namespace}:${name}`, groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"] };
}
