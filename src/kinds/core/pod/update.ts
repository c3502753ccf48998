import { type FieldError, forbiddenField, invalidValue, required } from "../../../lib/field-error.ts";
import { sameValue } from "../../field-checks.ts";
import { INT32_MAX } from "../../pod-spec/validate.ts";
import type { Container, Pod, PodSchedulingGate, PodSpec, Toleration } from "../../types/core-v1.generated.ts";
import { inclusiveRange } from "../../values/names.ts";
import { validateAnnotationChanges } from "./annotations.ts";
import { validateGatedChanges } from "./gated-update.ts";

const CHANGEABLE = [
  "`spec.containers[*].image`", "`spec.initContainers[*].image`", "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
];

/** A pod's specification is fixed but for a few fields, each with a rule of its own. */
export function validatePodUpdate(obj: Pod, old: Pod): FieldError[] {
  const [spec, before] = [obj.spec!, old.spec!];
  const errors = obj.metadata.annotations || old.metadata.annotations ? validateAnnotationChanges(obj, old) : [];
  if (sameValue(spec, before)) return errors;
  for (const field of ["containers", "initContainers"] as const) {
    const [now, then] = [spec[field] ?? [], before[field] ?? []];
    if (now.length !== then.length) return [...errors, forbiddenField(`spec.${field}`, "pod updates may not add or remove containers")];
    now.forEach((container, i) => { if (!container.image) errors.push(required(`spec.${field}[${i}].image`)); });
  }
  errors.push(...validateDeadline(spec, before));
  errors.push(...validateTolerationChanges(spec.tolerations ?? [], before.tolerations ?? []));
  errors.push(...validateGateChanges(spec.schedulingGates ?? [], before.schedulingGates ?? []));
  let munged = withUnchangeable(spec, before);
  if (before.schedulingGates?.length) {
    const gated = validateGatedChanges(munged, before);
    errors.push(...gated.errors);
    munged = gated.munged;
  }
  const changed = changedFields(munged, before);
  if (changed.length > 0) {
    errors.push(forbiddenField("spec", `pod updates may not change fields other than ${CHANGEABLE.join(",")}\n${changed.join("\n")}`));
  }
  return errors;
}

/** The specification with the fields that may change as they were. */
function withUnchangeable(spec: PodSpec, before: PodSpec): PodSpec {
  const grace = before.terminationGracePeriodSeconds! < 0 && spec.terminationGracePeriodSeconds === 1;
  return {
    ...spec,
    containers: withImages(spec.containers, before.containers),
    ...(spec.initContainers && { initContainers: withImages(spec.initContainers, before.initContainers ?? []) }),
    activeDeadlineSeconds: before.activeDeadlineSeconds,
    tolerations: before.tolerations,
    schedulingGates: before.schedulingGates,
    ...(grace && { terminationGracePeriodSeconds: before.terminationGracePeriodSeconds }),
  };
}

const withImages = (containers: readonly Container[], before: readonly Container[]): Container[] =>
  containers.map((container, i) => ({ ...container, image: before[i]!.image }));

/** One line a field, with both values, in place of upstream's unstable diff. */
function changedFields(spec: PodSpec, before: PodSpec): string[] {
  const names = new Set([...Object.keys(spec), ...Object.keys(before)]) as Set<keyof PodSpec>;
  return [...names].filter((name) => !sameValue(spec[name], before[name]))
    .map((name) => `  ${name}: ${JSON.stringify(before[name]) ?? "null"} → ${JSON.stringify(spec[name]) ?? "null"}`);
}

function validateDeadline({ activeDeadlineSeconds: now }: PodSpec, { activeDeadlineSeconds: then }: PodSpec): FieldError[] {
  const path = "spec.activeDeadlineSeconds";
  if (now == null) return then == null ? [] : [invalidValue(path, null, "must not update from a positive integer to nil value")];
  if (now < 0 || now > INT32_MAX) return [invalidValue(path, now, inclusiveRange(0, INT32_MAX))];
  return then != null && then < now ? [invalidValue(path, now, "must be less than or equal to previous value")] : [];
}

function validateTolerationChanges(now: readonly Toleration[], then: readonly Toleration[]): FieldError[] {
  const isKept = (old: Toleration) => now.some((toleration) => sameValue({ ...old, tolerationSeconds: toleration.tolerationSeconds }, toleration));
  return then.every(isKept) ? [] : [forbiddenField("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")];
}

function validateGateChanges(now: readonly PodSchedulingGate[], then: readonly PodSchedulingGate[]): FieldError[] {
  return now.flatMap((gate, i) => (then.some((old) => old.name === gate.name) ? []
    : [forbiddenField(`spec.schedulingGates[${i}].name`, `only deletion is allowed, but found new scheduling gate '${gate.name}'`)]));
}
