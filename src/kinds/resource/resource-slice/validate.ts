import { type FieldError, invalidValue, required } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import { validateNodeSelector } from "../../pod-spec/affinity.ts";
import type { CounterSet, ResourcePool, ResourceSlice, ResourceSliceSpec } from "../../types/resource-v1.generated.ts";
import { isDns1123Subdomain } from "../../values/names.ts";
import { validateDriverName, validateLabelName, validatePoolName } from "../device-names.ts";
import { validateMap, validateSet } from "../lists.ts";
import { validateDevice } from "./validate-device.ts";

const DEVICES_MAX = 128;
/** Of slices with taints or counters, which make more work. */
const ADVANCED_DEVICES_MAX = 64;
const COUNTER_SETS_MAX = 8;
const COUNTERS_MAX = 32;

export function validateResourceSlice({ spec }: ResourceSlice, _ctx?: unknown, old?: ResourceSlice): FieldError[] {
  const { devices = [], sharedCounters } = spec;
  const isAdvanced = devices.some(({ taints, consumesCounters }) => taints?.length || consumesCounters?.length);
  return [
    ...validateDriverName(spec.driver, "spec.driver"),
    ...validatePool(spec.pool ?? {}),
    ...validateWhere(spec),
    ...(sharedCounters && spec.devices ? [invalidValue("spec", "", "only one of `sharedCounters` or `devices` is allowed")] : []),
    ...validateSet(devices, isAdvanced ? ADVANCED_DEVICES_MAX : DEVICES_MAX, "spec.devices",
      (device, at) => validateDevice(device, old?.spec.devices?.find(({ name }) => name === device.name), at, spec.perDeviceNodeSelection === true), ({ name }) => name),
    ...validateSet(sharedCounters, COUNTER_SETS_MAX, "spec.sharedCounters", validateCounterSet, ({ name }) => name),
  ];
}

function validatePool({ name, generation = 0, resourceSliceCount = 0 }: Partial<ResourcePool>): FieldError[] {
  const errors = validatePoolName(name, "spec.pool.name");
  if (resourceSliceCount <= 0) errors.push(invalidValue("spec.pool.resourceSliceCount", resourceSliceCount, "must be greater than zero"));
  if (generation < 0) errors.push(invalidValue("spec.pool.generation", generation, "must be greater than or equal to zero"));
  return errors;
}

function validateWhere({ nodeName, nodeSelector, allNodes, perDeviceNodeSelection }: ResourceSliceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const set: string[] = [];
  if (nodeName === "") errors.push(invalidValue("spec.nodeName", nodeName, "must be either unset or set to a non-empty string"));
  else if (nodeName !== undefined) {
    set.push("`nodeName`");
    errors.push(...check("spec.nodeName", nodeName, isDns1123Subdomain));
  }
  if (nodeSelector) {
    set.push("`nodeSelector`");
    errors.push(...validateNodeSelector(nodeSelector, "spec.nodeSelector"));
    const terms = nodeSelector.nodeSelectorTerms ?? [];
    if (terms.length !== 1) errors.push(invalidValue("spec.nodeSelector.nodeSelectorTerms", terms, "must have exactly one node selector term"));
  }
  for (const [field, value] of [["allNodes", allNodes], ["perDeviceNodeSelection", perDeviceNodeSelection]] as const) {
    if (value) set.push(`\`${field}\``);
    else if (value === false) errors.push(invalidValue(`spec.${field}`, value, "must be either unset or set to true"));
  }
  const text = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
  if (set.length === 0) errors.push(required("spec", text));
  if (set.length > 1) errors.push(invalidValue("spec", `{${set.join(", ")}}`, `${text}, but multiple fields are set`));
  return errors;
}

function validateCounterSet({ name, counters }: CounterSet, path: string): FieldError[] {
  return [
    ...(name ? validateLabelName(name, `${path}.name`) : [required(`${path}.name`)]),
    ...(Object.keys(counters ?? {}).length === 0 ? [required(`${path}.counters`)] : validateMap(counters, COUNTERS_MAX, `${path}.counters`, { key: validateLabelName })),
  ];
}
