import { type FieldError, duplicate, forbiddenField, invalidValue, notSupported, required } from "../../../lib/field-error.ts";
import { check, sameValue } from "../../field-checks.ts";
import { validateResourceQuantity } from "../../pod-spec/resources.ts";
import { TAINT_EFFECTS } from "../../pod-spec/scheduling.ts";
import type { Node, Taint } from "../../types/core-v1.generated.ts";
import { isCidrLegacy, parseCidr } from "../../values/ip.ts";
import { isLabelValue, isQualifiedName } from "../../values/names.ts";

export function validateNode({ spec, status }: Node): FieldError[] {
  return [
    // Upstream reports taints under metadata.
    ...validateTaints(spec?.taints ?? [], "metadata.taints"),
    ...validateQuantities(status?.capacity, "status.capacity"),
    ...validateQuantities(status?.allocatable, "status.allocatable"),
    ...validatePodCidrs(spec?.podCIDRs ?? []),
  ];
}

/** Of the status subresource too. */
export function validateNodeUpdate(obj: Node, old: Node): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  obj.status?.addresses?.forEach((address, i) => {
    const text = `${address.type} ${address.address}`;
    if (seen.has(text)) errors.push(duplicate(`status.addresses[${i}]`, address));
    seen.add(text);
  });
  const { podCIDRs, providerID, externalID } = old.spec ?? {};
  if (podCIDRs?.length && !sameValue(podCIDRs, obj.spec?.podCIDRs)) {
    errors.push(forbiddenField("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid'));
  }
  if (providerID && providerID !== obj.spec?.providerID) {
    errors.push(forbiddenField("spec.providerID", 'node updates may not change providerID except from "" to valid'));
  }
  if ((externalID ?? "") !== (obj.spec?.externalID ?? "")) errors.push(forbiddenField("spec.externalID", "may not be updated"));
  return errors;
}

function validateTaints(taints: readonly Taint[], path: string): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, i) => {
    const { key = "", value = "", effect = "" } = taint;
    const at = `${path}[${i}]`;
    const errors: FieldError[] = check(`${at}.key`, key, isQualifiedName);
    const texts = isLabelValue(value);
    if (texts.length > 0) errors.push(invalidValue(`${at}.value`, value, texts.join(";")));
    if (!effect) errors.push(required(`${at}.effect`));
    else if (!TAINT_EFFECTS.includes(effect)) errors.push(notSupported(`${at}.effect`, effect, TAINT_EFFECTS));
    if (seen.has(`${effect} ${key}`)) {
      const error = duplicate(at, taint);
      errors.push({ ...error, message: `${error.message}: taints must be unique by key and effect pair` });
    }
    seen.add(`${effect} ${key}`);
    return errors;
  });
}

const validateQuantities = (list: Readonly<Record<string, string>> | undefined, path: string): FieldError[] =>
  Object.entries(list ?? {}).flatMap(([name, text]) => validateResourceQuantity(name, text, `${path}.${name}`));

function validatePodCidrs(cidrs: readonly string[]): FieldError[] {
  const errors = cidrs.flatMap((cidr, i) => check(`spec.podCIDRs[${i}]`, cidr, isCidrLegacy));
  if (cidrs.length < 2 || errors.length > 0) return errors;
  const families = new Set(cidrs.map((cidr) => parseCidr(cidr)?.address.family));
  return cidrs.length === 2 && families.size === 2 ? [] : [invalidValue("spec.podCIDRs", cidrs, "may specify no more than one CIDR for each IP family")];
}
