import { type FieldError, duplicate, invalidValue, notSupported, required } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import type { ServiceSpec } from "../../types/core-v1.generated.ts";
import { isIpLegacy, parseIp } from "../../values/ip.ts";
import { isHeadless } from "./traits.ts";

const FAMILIES = ["IPv4", "IPv6"];
const POLICIES = ["PreferDualStack", "RequireDualStack", "SingleStack"];

/** clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy must agree. */
export function validateAddresses(spec: ServiceSpec): FieldError[] {
  if (spec.type === "ExternalName") return [];
  const { clusterIP, clusterIPs = [], ipFamilies = [], ipFamilyPolicy: policy } = spec;
  const errors: FieldError[] = [];
  const refuse = (text: string) => errors.push(invalidValue("spec.clusterIPs", clusterIPs, text));
  if (!clusterIP) { if (clusterIPs.length > 0) refuse("must be empty when `clusterIP` is not specified"); }
  else if (clusterIPs.length === 0) errors.push(required("spec.clusterIPs"));
  else if (clusterIPs[0] !== clusterIP) refuse("first value must match `clusterIP`");
  ipFamilies.forEach((family, i) => {
    if (!FAMILIES.includes(family)) errors.push(notSupported(`spec.ipFamilies[${i}]`, family, FAMILIES));
    if (ipFamilies.indexOf(family) < i) errors.push(duplicate(`spec.ipFamilies[${i}]`, family));
  });
  if (policy != null && !POLICIES.includes(policy)) errors.push(notSupported("spec.ipFamilyPolicy", policy, POLICIES));
  const invalid = validateTexts(clusterIPs);
  errors.push(...invalid);
  if (clusterIPs.length > 2) refuse("may only hold up to 2 values");
  return invalid.length > 0 ? errors : errors.concat(validateFamilies(spec));
}

function validateTexts(ips: readonly string[]): FieldError[] {
  return ips.flatMap((ip, i) => {
    if (i > 0 || ip !== "None") return check(`spec.clusterIPs[${i}]`, ip, isIpLegacy);
    return ips.length > 1 ? [invalidValue("spec.clusterIPs", ips, "'None' must be the first and only value")] : [];
  });
}

function validateFamilies(spec: ServiceSpec): FieldError[] {
  const { clusterIPs = [], ipFamilies = [] } = spec;
  const families = clusterIPs.map((ip) => (parseIp(ip)?.family === 6 ? "IPv6" : "IPv4"));
  const errors: FieldError[] = [];
  if (clusterIPs.length > 1 && new Set(families).size < 2) errors.push(invalidValue("spec.clusterIPs", clusterIPs, "may specify no more than one IP for each IP family"));
  if (isHeadless(spec)) return errors;
  families.forEach((family, i) => {
    const wanted = ipFamilies[i];
    if (wanted === undefined || wanted === family || !FAMILIES.includes(wanted)) return;
    errors.push(invalidValue(`spec.clusterIPs[${i}]`, clusterIPs[i], `expected an ${wanted} value as indicated by \`ipFamilies[${i}]\``));
  });
  return errors;
}

/** The first address and family stay for good, unless the service was or becomes an ExternalName. */
export function validateAddressChanges(spec: ServiceSpec, before: ServiceSpec): FieldError[] {
  if (spec.type === "ExternalName" || before.type === "ExternalName") return [];
  const [now, then] = [isHeadless(spec), isHeadless(before)];
  if (now && then) return [];
  const errors = validateListChange(spec.clusterIPs, before.clusterIPs, "spec.clusterIPs", "primary clusterIP can not be unset");
  if (now !== then) return errors;
  return errors.concat(validateListChange(spec.ipFamilies, before.ipFamilies, "spec.ipFamilies", "primary ipFamily can not be unset"));
}

function validateListChange(now: readonly string[] = [], then: readonly string[] = [], path: string, unset: string): FieldError[] {
  if (then.length > 0 && now.length === 0) return [invalidValue(`${path}[0]`, now, unset)];
  return then.flatMap((value, i) => (now[i] === undefined || now[i] === value ? [] : [invalidValue(`${path}[${i}]`, now, "may not change once set")]));
}
