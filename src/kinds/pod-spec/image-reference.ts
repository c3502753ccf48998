import { type FieldError, notSupported, required } from "../../lib/field-error.ts";

const PULL_POLICIES = ["Always", "IfNotPresent", "Never"];

/** `Always` when the tag is `latest`, or by omission of tag and digest. */
export function defaultPullPolicy(reference: string): "Always" | "IfNotPresent" {
  return tagOf(reference) === "latest" ? "Always" : "IfNotPresent";
}

/** Undefined when there is a digest and no tag, or no image. */
function tagOf(reference: string): string | undefined {
  if (!reference) return undefined;
  const at = reference.indexOf("@");
  const named = at < 0 ? reference : reference.slice(0, at);
  const colon = named.lastIndexOf(":");
  if (colon > named.lastIndexOf("/")) return named.slice(colon + 1);
  return at < 0 ? "latest" : undefined;
}

export function validatePullPolicy(policy: string | undefined, path: string): FieldError[] {
  if (!policy) return [required(path)];
  return PULL_POLICIES.includes(policy) ? [] : [notSupported(path, policy, PULL_POLICIES)];
}
