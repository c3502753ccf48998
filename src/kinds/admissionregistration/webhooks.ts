import { duplicate, invalidValue, notSupported, Path, required, type FieldError } from "../../lib/field-error.ts";
import type { MutatingWebhook, ValidatingWebhook, WebhookClientConfig } from "../types/admissionregistration-v1.generated.ts";
import { validateLabelSelector } from "../values/label-selector.ts";
import { isDns1035Label, isDns1123Subdomain } from "../values/names.ts";
import { validateServiceReference, validateWebhookUrl } from "../webhook-address.ts";
import { validateMatchConditions } from "./policy/expressions.ts";
import { validateRule } from "./policy/match-resources.ts";

/** What both webhook configurations have in common. */
type Webhook = ValidatingWebhook & Pick<MutatingWebhook, "reinvocationPolicy">;

const FAILURE_POLICIES = ["Fail", "Ignore"];
const MATCH_POLICIES = ["Equivalent", "Exact"];
const SIDE_EFFECTS = ["None", "NoneOnDryRun"];
const REINVOCATION_POLICIES = ["IfNeeded", "Never"];
const REVIEW_VERSIONS = ["v1", "v1beta1"];
const TIMEOUT_SECONDS_MAX = 30;

export function defaultWebhook(hook: Webhook): void {
  hook.failurePolicy ??= "Fail";
  hook.matchPolicy ??= "Equivalent";
  hook.namespaceSelector ??= {};
  hook.objectSelector ??= {};
  hook.timeoutSeconds ??= 10;
  if (hook.clientConfig?.service) hook.clientConfig.service.port ??= 443;
  for (const rule of hook.rules ?? []) rule.scope ??= "*";
}

export function validateWebhooks(hooks: readonly Webhook[] | undefined): FieldError[] {
  const names = (hooks ?? []).map((hook) => hook.name ?? "");
  return (hooks ?? []).flatMap((hook, i) => [
    ...validateWebhook(hook, `webhooks[${i}]`),
    ...validateReviewVersions(hook.admissionReviewVersions ?? [], `webhooks[${i}].admissionReviewVersions`),
    ...(names[i] !== "" && names.indexOf(names[i]!) < i ? [duplicate(`webhooks[${i}].name`, names[i])] : []),
  ]);
}

function validateWebhook(hook: Webhook, path: string): FieldError[] {
  const { failurePolicy, matchPolicy, sideEffects, timeoutSeconds, reinvocationPolicy } = hook;
  const supported = (value: string | undefined, allowed: readonly string[], field: string) => (value === undefined || allowed.includes(value) ? [] : [notSupported(`${path}.${field}`, value, allowed)]);
  return [
    ...validateFullName(hook.name ?? "", `${path}.name`),
    ...(hook.rules ?? []).flatMap((rule, i) => validateRule(rule, Path.of(`${path}.rules[${i}]`))),
    ...supported(failurePolicy, FAILURE_POLICIES, "failurePolicy"),
    ...supported(matchPolicy, MATCH_POLICIES, "matchPolicy"),
    ...(sideEffects ? supported(sideEffects, SIDE_EFFECTS, "sideEffects") : [required(`${path}.sideEffects`, `must specify one of ${SIDE_EFFECTS.join(", ")}`)]),
    ...(timeoutSeconds !== undefined && (timeoutSeconds < 1 || timeoutSeconds > TIMEOUT_SECONDS_MAX) ? [invalidValue(`${path}.timeoutSeconds`, timeoutSeconds, "the timeout value must be between 1 and 30 seconds")] : []),
    ...validateLabelSelector(hook.namespaceSelector, Path.of(`${path}.namespaceSelector`)),
    ...validateLabelSelector(hook.objectSelector, Path.of(`${path}.objectSelector`)),
    ...supported(reinvocationPolicy, REINVOCATION_POLICIES, "reinvocationPolicy"),
    ...validateClientConfig(hook.clientConfig ?? {}, `${path}.clientConfig`),
    ...validateMatchConditions(hook.matchConditions, Path.of(`${path}.matchConditions`)),
  ];
}

function validateFullName(name: string, path: string): FieldError[] {
  if (name === "") return [required(path)];
  const texts = isDns1123Subdomain(name);
  if (texts.length > 0) return [invalidValue(path, name, texts.join(","))];
  return name.split(".").length < 3 ? [invalidValue(path, name, "should be a domain with at least three segments separated by dots")] : [];
}

function validateClientConfig({ url, service }: WebhookClientConfig, path: string): FieldError[] {
  if ((url === undefined) === (service === undefined)) return [required(path, "exactly one of url or service is required")];
  return url !== undefined ? validateWebhookUrl(url, `${path}.url`) : validateServiceReference(service!, `${path}.service`);
}

function validateReviewVersions(versions: readonly string[], path: string): FieldError[] {
  if (versions.length === 0) return [required(path, `must specify one of ${REVIEW_VERSIONS.join(", ")}`)];
  const errors = versions.flatMap((version, i) => (versions.indexOf(version) < i
    ? [invalidValue(`${path}[${i}]`, version, "duplicate version")] : isDns1035Label(version).map((text) => invalidValue(`${path}[${i}]`, version, text))));
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) errors.push(invalidValue(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(", ")}`));
  return errors;
}
