import { type FieldError, invalidValue, notSupported, required } from "../../lib/field-error.ts";
import { isQualifiedName } from "../values/names.ts";
import { canonicalQuantity } from "../values/quantity.ts";
import { quantityOf } from "./quantity-checks.ts";
import type { ObjectFieldSelector, ResourceFieldSelector } from "../types/core-v1.generated.ts";

export const VOLUME_FIELD_PATHS = ["metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid"];
export const ENV_FIELD_PATHS = [
  "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
  "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
];
/** What the downward API can read, wherever it is used. */
const READABLE = new Set([...VOLUME_FIELD_PATHS, ...ENV_FIELD_PATHS, "spec.restartPolicy", "spec.schedulerName", "status.phase"]);
const SUBSCRIPTED = /^([^[\]]+)\['(.*)'\]$/s;

export function validateFieldRef(ref: ObjectFieldSelector, supported: readonly string[], path: string): FieldError[] {
  if (!ref.apiVersion) return [required(`${path}.apiVersion`)];
  if (!ref.fieldPath) return [required(`${path}.fieldPath`)];
  const refuse = (why: string) => [invalidValue(`${path}.fieldPath`, ref.fieldPath, `error converting fieldPath: ${why}`)];
  if (ref.apiVersion !== "v1") return refuse(`unsupported pod version: ${ref.apiVersion}`);
  const subscripted = SUBSCRIPTED.exec(ref.fieldPath);
  if (subscripted) {
    const [, field, key = ""] = subscripted;
    if (field === "metadata.annotations") return isQualifiedName(key.toLowerCase()).map((text) => invalidValue(path, key.toLowerCase(), text));
    if (field === "metadata.labels") return isQualifiedName(key).map((text) => invalidValue(path, key, text));
    return refuse(`field label does not support subscript: ${ref.fieldPath}`);
  }
  const field = ref.fieldPath === "spec.host" ? "spec.nodeName" : ref.fieldPath;
  if (!READABLE.has(field)) return refuse(`field label not supported: ${field}`);
  return supported.includes(field) ? [] : [notSupported(`${path}.fieldPath`, field, supported)];
}

const RESOURCES = ["limits.cpu", "limits.memory", "limits.ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage"];
const HUGE_PAGES = /^(limits|requests)\.hugepages-/;

export function validateResourceFieldRef(ref: ResourceFieldSelector, path: string, { volume = false } = {}): FieldError[] {
  const errors: FieldError[] = [];
  if (volume && !ref.containerName) errors.push(required(`${path}.containerName`));
  else if (!ref.resource) errors.push(required(`${path}.resource`));
  else if (!RESOURCES.includes(ref.resource) && !HUGE_PAGES.test(ref.resource)) errors.push(notSupported(`${path}.resource`, ref.resource, RESOURCES));
  return [...errors, ...validateDivisor(ref, path)];
}

const CPU_DIVISORS = ["1m", "1"];
const BYTE_DIVISORS = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

function validateDivisor({ resource = "", divisor }: ResourceFieldSelector, path: string): FieldError[] {
  if (!divisor || quantityOf(divisor).nano === 0n) return [];
  const noun = resource.endsWith(".cpu") ? "cpu" : resource.endsWith(".memory") ? "memory"
    : resource.endsWith(".ephemeral-storage") ? "local ephemeral storage" : HUGE_PAGES.test(resource) ? "hugepages" : undefined;
  if (!noun) return [];
  const allowed = noun === "cpu" ? CPU_DIVISORS : BYTE_DIVISORS;
  if (allowed.includes(canonicalQuantity(divisor))) return [];
  const list = noun === "cpu" ? "1m and 1" : BYTE_DIVISORS.join(", ");
  return [invalidValue(`${path}.divisor`, resource, `only divisor's values ${list} are supported with the ${noun} resource`)];
}
