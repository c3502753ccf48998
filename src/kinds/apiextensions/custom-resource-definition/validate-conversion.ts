import { forbiddenField, invalidValue, notSupported, required, type FieldError, type Path } from "../../../lib/field-error.ts";
import type { CustomResourceConversion, WebhookClientConfig } from "../../types/apiextensions-v1.generated.ts";
import { isDns1035Label } from "../../values/names.ts";
import { validateServiceReference, validateWebhookUrl } from "../../webhook-address.ts";

const strategies = ["None", "Webhook"];
const reviewVersions = ["v1", "v1beta1"];

/** Paths are those of the old API, as upstream tells them. */
export function validateConversion(conversion: CustomResourceConversion | undefined, path: Path, old?: CustomResourceConversion): FieldError[] {
  if (!conversion) return [];
  const { strategy, webhook } = conversion;
  const errors: FieldError[] = [];
  if (!strategy) errors.push(required(path.child("strategy")));
  else if (!strategies.includes(strategy)) errors.push(notSupported(path.child("strategy"), strategy, strategies));
  const clientAt = path.child("webhookClientConfig");
  const versionsAt = path.child("conversionReviewVersions");
  if (strategy !== "Webhook") {
    if (webhook?.clientConfig) errors.push(forbiddenField(clientAt, "should not be set when strategy is not set to Webhook"));
    if (webhook?.conversionReviewVersions?.length) errors.push(forbiddenField(versionsAt, "should not be set when strategy is not set to Webhook"));
    return errors;
  }
  errors.push(...(webhook?.clientConfig ? validateClientConfig(webhook.clientConfig, clientAt) : [required(clientAt, "required when strategy is set to Webhook")]));
  const before = old?.webhook?.conversionReviewVersions ?? [];
  const wasOdd = before.length > 0 && !before.some((v) => reviewVersions.includes(v));
  errors.push(...validateReviewVersions(webhook?.conversionReviewVersions ?? [], versionsAt, wasOdd));
  return errors;
}

function validateClientConfig({ url, service, caBundle }: WebhookClientConfig, path: Path): FieldError[] {
  const errors: FieldError[] = [];
  if ((url === undefined) === (service === undefined)) errors.push(required(path, "exactly one of url or service is required"));
  else if (url !== undefined) errors.push(...validateWebhookUrl(url, path.child("url").text));
  else errors.push(...validateServiceReference(service!, path.child("service").text));
  if (caBundle && !caBundle.trim()) errors.push(invalidValue(path.child("caBundle"), caBundle, "unable to load root certificates: unable to parse bytes as PEM block"));
  return errors;
}

function validateReviewVersions(versions: readonly string[], path: Path, anyWillDo: boolean): FieldError[] {
  if (versions.length === 0) return [required(path)];
  const seen = new Set<string>();
  const errors = versions.flatMap((version, i) => {
    if (seen.has(version)) return [invalidValue(path.index(i), version, "duplicate version")];
    seen.add(version);
    return isDns1035Label(version).map((text) => invalidValue(path.index(i), version, text));
  });
  if (!anyWillDo && !versions.some((v) => reviewVersions.includes(v))) errors.push(invalidValue(path, versions, `must include at least one of ${reviewVersions.join(", ")}`));
  return errors;
}
