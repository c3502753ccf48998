import { validateNotNegative } from "../../apps/workload-template.ts";
import { type FieldError, invalidValue, notSupported, Path, required, tooLong } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import { validatePodTemplate } from "../../pod-spec/validate.ts";
import type { Job, JobSpec } from "../../types/batch-v1.generated.ts";
import { labelSelectorOf, matchesLabels, validateLabelSelector } from "../../values/label-selector.ts";
import { isDns1123Subdomain } from "../../values/names.ts";
import { validateGeneratedSelector } from "./generated-selector.ts";
import { validatePodFailurePolicy, validateSuccessPolicy } from "./validate-policies.ts";

const INDEXED_PARALLELISM_MAX = 100_000;
const MANY_COMPLETIONS = 100_000;
const MANY_COMPLETIONS_PARALLELISM_MAX = 10_000;
const MANY_COMPLETIONS_FAILED_MAX = 10_000;
const FAILED_INDEXES_MAX = 100_000;
const MANAGED_BY_LENGTH_MAX = 63;

export function validateJob(obj: Job): FieldError[] {
  return [...validateGeneratedSelector(obj), ...validateJobSpec(obj.spec!, "spec"), ...validateSelector(obj.spec!)];
}

function validateSelector({ selector, template }: JobSpec): FieldError[] {
  if (!selector) return [required("spec.selector")];
  const errors = validateLabelSelector(selector, Path.of("spec.selector"));
  if (errors.length > 0) return errors;
  const labels = template.metadata?.labels ?? null;
  return matchesLabels(labelSelectorOf(selector), labels ?? undefined) ? [] : [invalidValue("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")];
}

/** Of a Job, and of what a CronJob makes Jobs from. */
export function validateJobSpec(spec: JobSpec, path: string): FieldError[] {
  return [
    ...validateNotNegative(spec, path, ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes"]),
    ...(spec.maxFailedIndexes != null && spec.backoffLimitPerIndex == null ? [required(`${path}.backoffLimitPerIndex`, "when maxFailedIndexes is specified")] : []),
    ...(spec.managedBy == null ? [] : validateManagedBy(spec.managedBy, `${path}.managedBy`)),
    ...validateMode(spec, path),
    ...(spec.podFailurePolicy ? validatePodFailurePolicy(spec, `${path}.podFailurePolicy`) : []),
    ...(spec.successPolicy ? validateSuccessPolicy(spec, `${path}.successPolicy`) : []),
    ...validateReplacement(spec, `${path}.podReplacementPolicy`),
    ...validatePodTemplate(spec.template, `${path}.template`),
    ...validateRestartPolicy(spec, `${path}.template.spec.restartPolicy`),
  ];
}

/** `example.com/name`. */
function validateManagedBy(name: string, path: string): FieldError[] {
  const slash = name.indexOf("/");
  const errors: FieldError[] = name.length > MANAGED_BY_LENGTH_MAX ? [tooLong(path, MANAGED_BY_LENGTH_MAX)] : [];
  if (name === "") return [required(path)];
  if (slash < 1 || slash === name.length - 1) return [...errors, invalidValue(path, name, "must be a domain-prefixed path (such as \"acme.io/foo\")")];
  return [...errors, ...check(path, name.slice(0, slash), isDns1123Subdomain)];
}

function validateMode(spec: JobSpec, path: string): FieldError[] {
  const { completionMode: mode = "NonIndexed", completions, parallelism = 1, backoffLimitPerIndex, maxFailedIndexes } = spec;
  if (mode === "NonIndexed") {
    return ([["backoffLimitPerIndex", backoffLimitPerIndex], ["maxFailedIndexes", maxFailedIndexes]] as const)
      .flatMap(([field, value]) => (value == null ? [] : [invalidValue(`${path}.${field}`, value, "requires indexed completion mode")]));
  }
  if (mode !== "Indexed") return [notSupported(`${path}.completionMode`, mode, ["NonIndexed", "Indexed"])];
  const errors: FieldError[] = [];
  if (completions == null) errors.push(required(`${path}.completions`, "when completion mode is Indexed"));
  if (parallelism > INDEXED_PARALLELISM_MAX) errors.push(invalidValue(`${path}.parallelism`, parallelism, `must be less than or equal to ${INDEXED_PARALLELISM_MAX} when completion mode is Indexed`));
  if (completions != null && maxFailedIndexes != null && maxFailedIndexes > completions) errors.push(invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, "must be less than or equal to completions"));
  if (maxFailedIndexes != null && maxFailedIndexes > FAILED_INDEXES_MAX) errors.push(invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, `must be less than or equal to ${FAILED_INDEXES_MAX}`));
  if (completions != null && completions > MANY_COMPLETIONS && backoffLimitPerIndex != null) errors.push(...validateManyCompletions(spec, path));
  return errors;
}

function validateManyCompletions({ parallelism = 1, maxFailedIndexes }: JobSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (maxFailedIndexes == null) errors.push(required(`${path}.maxFailedIndexes`, `must be specified when completions is above ${MANY_COMPLETIONS}`));
  const text = (max: number) => `must be less than or equal to ${max} when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
  if (parallelism > MANY_COMPLETIONS_PARALLELISM_MAX) errors.push(invalidValue(`${path}.parallelism`, parallelism, text(MANY_COMPLETIONS_PARALLELISM_MAX)));
  if (maxFailedIndexes != null && maxFailedIndexes > MANY_COMPLETIONS_FAILED_MAX) errors.push(invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, text(MANY_COMPLETIONS_FAILED_MAX)));
  return errors;
}

function validateReplacement({ podReplacementPolicy: policy, podFailurePolicy }: JobSpec, path: string): FieldError[] {
  const supported = podFailurePolicy ? ["Failed"] : ["Failed", "TerminatingOrFailed"];
  return policy == null || supported.includes(policy) ? [] : [notSupported(path, policy, supported)];
}

function validateRestartPolicy({ template, podFailurePolicy }: JobSpec, path: string): FieldError[] {
  const policy = template.spec?.restartPolicy ?? "";
  // The default, so nobody may have said it.
  if (policy === "Always") return [required(path, 'valid values: "OnFailure", "Never"')];
  if (policy !== "OnFailure" && policy !== "Never") return [notSupported(path, policy, ["OnFailure", "Never"])];
  return podFailurePolicy && policy !== "Never" ? [invalidValue(path, policy, 'only "Never" is supported when podFailurePolicy is specified')] : [];
}
