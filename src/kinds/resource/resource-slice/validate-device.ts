import { type FieldError, forbiddenField, invalidValue, required, tooLong } from "../../../lib/field-error.ts";
import { check, sameValue } from "../../field-checks.ts";
import { validateNodeSelector } from "../../pod-spec/affinity.ts";
import type { Device, DeviceAttribute, DeviceCapacity, DeviceCounterConsumption } from "../../types/resource-v1.generated.ts";
import { isDns1123Subdomain } from "../../values/names.ts";
import { validateLabelName, validateQualifiedName } from "../device-names.ts";
import { validateBindingConditions, validateTaints } from "../device-terms.ts";
import { validateMap, validateSet } from "../lists.ts";
import { validateRequestPolicy } from "./validate-request-policy.ts";

const ATTRIBUTES_AND_CAPACITIES_MAX = 32;
const CONSUMPTIONS_MAX = 2;
const COUNTERS_MAX = 32;

/** What was accepted once of its capacity and taints is not looked at again. */
export function validateDevice(device: Device, old: Device | undefined, path: string, choosesNode: boolean): FieldError[] {
  const { name, attributes, capacity, taints, consumesCounters } = device;
  const errors = validateLabelName(name, `${path}.name`);
  const count = Object.keys(attributes ?? {}).length + Object.keys(capacity ?? {}).length;
  if (count > ATTRIBUTES_AND_CAPACITIES_MAX) errors.push(invalidValue(path, count, `the total number of attributes and capacities must not exceed ${ATTRIBUTES_AND_CAPACITIES_MAX}`));
  errors.push(...validateMap(attributes, Infinity, `${path}.attributes`, { key: validateQualifiedName, value: validateAttribute }));
  if (!old || !sameValue(old.capacity, capacity)) {
    errors.push(...validateMap(capacity, Infinity, `${path}.capacity`, { key: validateQualifiedName, value: (value, at) => validateCapacity(value, device.allowMultipleAllocations === true, at) }));
  }
  if (!old || !sameValue(old.taints, taints)) errors.push(...validateTaints(taints, `${path}.taints`));
  return [
    ...errors,
    ...validateSet(consumesCounters, CONSUMPTIONS_MAX, `${path}.consumesCounters`, validateConsumption, ({ counterSet }) => counterSet),
    ...validateNode(device, path, choosesNode),
    ...validateBindingConditions(device.bindingConditions, device.bindingFailureConditions, path),
  ];
}

const SEMVER = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/;
const VALUE_LENGTH_MAX = 64;

function validateAttribute(attribute: DeviceAttribute, path: string): FieldError[] {
  const { string, version } = attribute;
  const errors: FieldError[] = [];
  const limit = (field: string, text: string | undefined) => { if (text !== undefined && text.length > VALUE_LENGTH_MAX) errors.push(tooLong(`${path}.${field}`, VALUE_LENGTH_MAX)); };
  limit("string", string);
  // The pattern backtracks: what is too long is not shown to it.
  if (version !== undefined && (version.length > VALUE_LENGTH_MAX || !SEMVER.test(version))) errors.push(invalidValue(`${path}.version`, version, "must be a string compatible with semver.org spec 2.0.0"));
  limit("version", version);
  const set = Object.values(attribute).filter((value) => value !== undefined).length;
  if (set !== 1) errors.push(invalidValue(path, set === 0 ? "" : attribute, "exactly one value must be specified"));
  return errors;
}

function validateCapacity({ value, requestPolicy }: DeviceCapacity, isShared: boolean, path: string): FieldError[] {
  if (!requestPolicy) return [];
  return isShared ? validateRequestPolicy(value, requestPolicy, `${path}.requestPolicy`) : [forbiddenField(`${path}.requestPolicy`, "allowMultipleAllocations must be true")];
}

function validateConsumption({ counterSet, counters }: DeviceCounterConsumption, path: string): FieldError[] {
  return [
    ...(counterSet ? validateLabelName(counterSet, `${path}.counterSet`) : [required(`${path}.counterSet`)]),
    ...(Object.keys(counters ?? {}).length === 0 ? [required(`${path}.counters`)] : validateMap(counters, COUNTERS_MAX, `${path}.counters`, { key: validateLabelName })),
  ];
}

function validateNode({ nodeName, nodeSelector, allNodes }: Device, path: string, choosesNode: boolean): FieldError[] {
  if (!choosesNode) {
    return nodeName !== undefined || nodeSelector || allNodes !== undefined
      ? [invalidValue(path, null, "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec")] : [];
  }
  const errors: FieldError[] = [];
  const set = [...(nodeName ? ["`nodeName`"] : []), ...(nodeSelector ? ["`nodeSelector`"] : []), ...(allNodes ? ["`allNodes`"] : [])];
  if (nodeName === "") errors.push(invalidValue(`${path}.nodeName`, nodeName, "must not be empty"));
  else if (nodeName !== undefined) errors.push(...check(`${path}.nodeName`, nodeName, isDns1123Subdomain));
  if (nodeSelector) errors.push(...validateNodeSelector(nodeSelector, `${path}.nodeSelector`));
  if (allNodes === false) errors.push(invalidValue(`${path}.allNodes`, allNodes, "must be either unset or set to true"));
  const text = "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
  if (set.length === 0) errors.push(required(path, text));
  if (set.length > 1) errors.push(invalidValue(path, `{${set.join(", ")}}`, text));
  return errors;
}
