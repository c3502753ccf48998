import { duplicate, invalidValue, notSupported, required, tooMany, type FieldError } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import { validateNodeSelector } from "../../pod-spec/affinity.ts";
import type { Device, DeviceAttribute, ResourceSlice, ResourceSliceSpec } from "../../types/resource-v1.generated.ts";
import { isDns1123Label, isDns1123Subdomain, isLabelValue, isQualifiedName } from "../../values/names.ts";
import { validateDriver } from "../device-terms.ts";

const DEVICES_MAX = 128;
const ATTRIBUTES_AND_CAPACITIES_MAX = 32;
const TAINTS_MAX = 16;
const EFFECTS = ["NoExecute", "NoSchedule", "None"];
const POOL_NAME_MAX = 253;
const ATTRIBUTE_LENGTH_MAX = 64;
const IDENTIFIER_MAX = 32;

export function validateResourceSlice({ spec }: ResourceSlice): FieldError[] {
  const { driver, devices = [] } = spec ?? {};
  const names = devices.map((device) => device.name ?? "");
  return [
    ...validateDriver(driver, "spec.driver"),
    ...validatePool(spec),
    ...validateWhere(spec),
    ...(devices.length > DEVICES_MAX ? [tooMany("spec.devices", devices.length, DEVICES_MAX)] : devices.flatMap((device, i) => [
      ...validateDevice(device, `spec.devices[${i}]`),
      ...(names.indexOf(names[i]!) < i ? [duplicate(`spec.devices[${i}].name`, names[i])] : []),
    ])),
  ];
}

function validatePool({ pool }: ResourceSliceSpec): FieldError[] {
  const { name = "", generation = 0, resourceSliceCount = 0 } = pool ?? {};
  const errors: FieldError[] = name === "" ? [required("spec.pool.name")] : name.split("/").flatMap((part) => check("spec.pool.name", part, isDns1123Subdomain));
  if (name.length > POOL_NAME_MAX) errors.push(invalidValue("spec.pool.name", name, `must be no more than ${POOL_NAME_MAX} characters`));
  if (generation < 0) errors.push(invalidValue("spec.pool.generation", generation, "must be greater than or equal to zero"));
  if (resourceSliceCount <= 0) errors.push(invalidValue("spec.pool.resourceSliceCount", resourceSliceCount, "must be greater than zero"));
  return errors;
}

function validateWhere({ nodeName, nodeSelector, allNodes, perDeviceNodeSelection, sharedCounters }: ResourceSliceSpec): FieldError[] {
  const set = [nodeName !== undefined, nodeSelector !== undefined, allNodes === true, perDeviceNodeSelection === true].filter(Boolean).length;
  const errors: FieldError[] = [];
  const text = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
  if (nodeName !== undefined) errors.push(...check("spec.nodeName", nodeName, isDns1123Subdomain));
  if (nodeSelector) errors.push(...validateNodeSelector(nodeSelector, "spec.nodeSelector"));
  if (set > 1) errors.push(invalidValue("spec", "<value omitted>", `${text}, but multiple fields are set`));
  else if (set === 0 && !sharedCounters?.length) errors.push(required("spec", text));
  return errors;
}

function validateDevice({ name = "", attributes = {}, capacity = {}, taints = [] }: Device, path: string): FieldError[] {
  const errors = name === "" ? [required(`${path}.name`)] : check(`${path}.name`, name, isDns1123Label);
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > ATTRIBUTES_AND_CAPACITIES_MAX) errors.push(invalidValue(path, count, `the total number of attributes and capacities must not exceed ${ATTRIBUTES_AND_CAPACITIES_MAX}`));
  for (const [key, attribute] of Object.entries(attributes)) errors.push(...validateQualified(key, `${path}.attributes[${key}]`), ...validateAttribute(attribute, `${path}.attributes[${key}]`));
  for (const key of Object.keys(capacity)) errors.push(...validateQualified(key, `${path}.capacity[${key}]`));
  if (taints.length > TAINTS_MAX) return [...errors, tooMany(`${path}.taints`, taints.length, TAINTS_MAX)];
  return errors.concat(taints.flatMap(({ key = "", value = "", effect = "" }, i) => [
    ...check(`${path}.taints[${i}].key`, key, isQualifiedName), ...check(`${path}.taints[${i}].value`, value, isLabelValue),
    ...(effect === "" ? [required(`${path}.taints[${i}].effect`)] : EFFECTS.includes(effect) ? [] : [notSupported(`${path}.taints[${i}].effect`, effect, EFFECTS)]),
  ]));
}

/** `[domain/]identifier`, the latter as in C. */
function validateQualified(key: string, path: string): FieldError[] {
  if (key === "") return [required(path, "name required")];
  const slash = key.lastIndexOf("/");
  const [domain, id] = [key.slice(0, Math.max(slash, 0)), key.slice(slash + 1)];
  const errors = slash >= 0 ? (domain === "" ? [required(path, "the domain must not be empty")] : check(path, domain, isDns1123Subdomain)) : [];
  if (id === "") return [...errors, required(path, "the name must not be empty")];
  if (id.length > IDENTIFIER_MAX) errors.push(invalidValue(path, id, `must be no more than ${IDENTIFIER_MAX} characters`));
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(id)) errors.push(invalidValue(path, id, "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')"));
  return errors;
}

function validateAttribute(attribute: DeviceAttribute, path: string): FieldError[] {
  const set = Object.values(attribute ?? {}).filter((value) => value !== undefined).length;
  if (set === 0) return [required(path, "exactly one value must be specified")];
  if (set > 1) return [invalidValue(path, attribute, "exactly one value must be specified")];
  for (const field of ["string", "version"] as const) {
    const text = attribute[field];
    if (text !== undefined && text.length > ATTRIBUTE_LENGTH_MAX) return [invalidValue(`${path}.${field}`, text, `must be no more than ${ATTRIBUTE_LENGTH_MAX} characters`)];
  }
  return [];
}
