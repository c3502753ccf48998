/** What Deployment, ReplicaSet, DaemonSet and StatefulSet ask of their selector and template. */
import { type FieldError, forbiddenField, invalidValue, notSupported, Path, required } from "../../lib/field-error.ts";
import type { KubeObject } from "../object.ts";
import { validatePodTemplate } from "../pod-spec/validate.ts";
import { podWarnings } from "../pod-spec/warnings.ts";
import type { PodTemplateSpec } from "../types/core-v1.generated.ts";
import type { LabelSelector } from "../types/meta-v1.generated.ts";
import { labelSelectorOf, matchesLabels, validateLabelSelector } from "../values/label-selector.ts";
import { isDns1123Label } from "../values/names.ts";

interface Workload { selector?: LabelSelector; template?: PodTemplateSpec }

/** `noun` is what upstream calls the workload in its messages. */
export function validateSelectorAndTemplate({ selector, template = {} }: Workload, noun: Noun = "deployment"): FieldError[] {
  return [...validateSelector(selector, noun), ...validateMatch(selector, template), ...validateTemplate(template, noun)];
}

type Noun = "deployment" | "daemonset" | "statefulset";
const KIND_NAMES: Readonly<Record<Noun, string>> = { deployment: "ReplicaSet", daemonset: "DaemonSet", statefulset: "StatefulSet" };

function validateSelector(selector: LabelSelector | undefined, noun: Noun): FieldError[] {
  if (!selector) return [required("spec.selector")];
  const errors = validateLabelSelector(selector, Path.of("spec.selector"));
  if (isEmpty(selector)) errors.push(invalidValue("spec.selector", selector, `empty selector is invalid for ${noun}`));
  return errors;
}

const isEmpty = (selector: LabelSelector): boolean =>
  Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0) === 0;

function validateMatch(selector: LabelSelector | undefined, template: PodTemplateSpec): FieldError[] {
  if (selector && isEmpty(selector)) return [];
  let matches: boolean;
  try {
    matches = matchesLabels(labelSelectorOf(selector), template.metadata?.labels);
  } catch {
    return [invalidValue("spec.selector", selector, "invalid label selector")];
  }
  const labels = template.metadata?.labels ?? null;
  return matches ? [] : [invalidValue("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")];
}

function validateTemplate(template: PodTemplateSpec, noun: Noun): FieldError[] {
  const errors = validatePodTemplate(template, "spec.template");
  const policy = template.spec?.restartPolicy ?? "";
  if (policy !== "Always") errors.push(notSupported("spec.template.spec.restartPolicy", policy, ["Always"]));
  if (template.spec?.activeDeadlineSeconds != null) {
    errors.push(forbiddenField("spec.template.spec.activeDeadlineSeconds", `activeDeadlineSeconds in ${KIND_NAMES[noun]} is not Supported`));
  }
  return errors;
}

export function validateNotNegative<T extends object>(obj: T, path: string, fields: readonly (keyof T & string)[]): FieldError[] {
  return fields.filter((field) => typeof obj[field] === "number" && obj[field] < 0)
    .map((field) => invalidValue(`${path}.${field}`, obj[field], "must be greater than or equal to 0"));
}

/** Counters of a status against the number of all pods. */
export function validateCounts(status: { replicas?: number; readyReplicas?: number; availableReplicas?: number }, others: Record<string, number | undefined>): FieldError[] {
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  const errors = Object.entries({ ...others, readyReplicas, availableReplicas }).filter(([, count = 0]) => count > replicas)
    .map(([field, count = 0]) => invalidValue(`status.${field}`, count, "cannot be greater than status.replicas"));
  if (availableReplicas > readyReplicas) errors.push(invalidValue("status.availableReplicas", availableReplicas, "cannot be greater than readyReplicas"));
  return errors;
}

export function workloadWarnings(obj: KubeObject & { spec?: Workload }, old?: KubeObject & { spec?: Workload }): string[] {
  if (old && obj.metadata.generation === old.metadata.generation) return [];
  const { template } = obj.spec ?? {};
  const texts = old ? [] : isDns1123Label(obj.metadata.name ?? "");
  return [
    ...(texts.length === 0 ? [] : [`metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${texts.join(" ")}]`]),
    ...podWarnings(template?.metadata, template?.spec, "spec.template."),
  ];
}
