/**
 * MutatingAdmissionPolicy: every binding that is about a create or an update changes the object by its policy, once for
 * each of its parameters. What they change, all mutating plugins look at a second time; then policies with
 * reinvocationPolicy IfNeeded run again, if the object is no longer as they left it. As upstream's plugin of this name.
 */
import { mutatingAdmissionPolicyBinding } from "../../kinds/admissionregistration/mutating-admission-policy-binding/kind.ts";
import { mutatingAdmissionPolicy } from "../../kinds/admissionregistration/mutating-admission-policy/kind.ts";
import type { WriteContext } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } from "../../kinds/types/admissionregistration-v1.generated.ts";
import { deepEqual } from "../../lib/deep-equal.ts";
import { forbidden } from "../../lib/errors.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../plugin.ts";
import { isExempt, matches } from "../policy/match.ts";
import { collectParams, ConfigurationError } from "../policy/params.ts";
import { seenIn } from "../policy/seen.ts";
import { reinvocationOf } from "../reinvocation.ts";
import { mutate, MutationError } from "./evaluate.ts";

const NAME = "MutatingAdmissionPolicy";

interface Bound { policy: MutatingAdmissionPolicy; binding: MutatingAdmissionPolicyBinding }

export const mutatingAdmissionPolicyPlugin: AdmissionPlugin = {
  name: NAME,
  handles: (attributes) => (attributes.operation === "CREATE" || attributes.operation === "UPDATE") && attributes.object !== undefined && attributes.input === undefined && !isExempt(attributes),
  mutate(attributes, ctx) {
    const bound = ctx.reader.list(mutatingAdmissionPolicyBinding).flatMap((binding): Bound[] => {
      const policy = ctx.reader.get(mutatingAdmissionPolicy, undefined, binding.spec?.policyName ?? "");
      return policy ? [{ policy, binding }] : [];
    });
    if (bound.length === 0) return;
    const reinvocation = reinvocationOf(attributes);
    // How the bindings left the object, by their names.
    const left = reinvocation.of(NAME, () => new Map<string, KubeObject>());
    for (const one of bound) if (!reinvocation.isSecond || isWantedAgain(one, left, attributes)) run(one, left, attributes, ctx);
  },
};

function isWantedAgain({ policy, binding }: Bound, left: ReadonlyMap<string, KubeObject>, { object }: AdmissionAttributes): boolean {
  const before = left.get(binding.metadata.name!);
  return policy.spec?.reinvocationPolicy === "IfNeeded" && before !== undefined && !deepEqual(before, object);
}

function run(one: Bound, left: Map<string, KubeObject>, attributes: AdmissionAttributes, ctx: WriteContext): void {
  const before = structuredClone(attributes.object);
  const after = apply(one, attributes, ctx);
  if (!after) return;
  left.set(one.binding.metadata.name!, after);
  if (!deepEqual(before, after)) reinvocationOf(attributes).isWanted = true;
}

/** Changes the object in place. Returns it as it was left, if the policy was about it. */
function apply({ policy, binding }: Bound, attributes: AdmissionAttributes, ctx: WriteContext): KubeObject | undefined {
  const object = attributes.object!;
  const version = matches(policy.spec?.matchConstraints, attributes, ctx);
  if (!version || !matches(binding.spec?.matchResources, attributes, ctx)) return undefined;
  try {
    // Upstream fills in defaults while it decodes, before anybody looks.
    attributes.kind.strategy?.defaults?.(object);
    const { attributes: seen } = seenIn(version, attributes, ctx, "mutating");
    let result = seen.object!;
    for (const params of collectParams(policy.spec?.paramKind, binding.spec?.paramRef, attributes.namespace, ctx)) {
      result = mutate(policy, { ...seen, object: result }, ctx, params);
    }
    if (result !== seen.object) replace(object, ctx.fromVersion(version, result));
    return structuredClone(object);
  } catch (error) {
    if (!(error instanceof ConfigurationError || error instanceof MutationError)) throw error;
    if (policy.spec?.failurePolicy === "Ignore") return undefined;
    const { kind, name } = attributes;
    throw forbidden({ group: kind.group, resource: kind.resource, ...(name && { name }) }, `policy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request: ${error.message}`);
  }
}

/** Whose object it is, is not a policy's to change. */
function replace(object: KubeObject, result: KubeObject): void {
  const { name, namespace, uid, resourceVersion, creationTimestamp, generation } = object.metadata;
  const fresh = structuredClone(result);
  fresh.metadata = { ...fresh.metadata, ...(name && { name }), ...(namespace && { namespace }), ...(uid && { uid }), ...(resourceVersion && { resourceVersion }), ...(creationTimestamp && { creationTimestamp }), ...(generation !== undefined && { generation }) };
  for (const key of Object.keys(object)) delete object[key];
  Object.assign(object, fresh);
}
