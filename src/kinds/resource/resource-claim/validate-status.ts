import { type FieldError, forbiddenField, invalidValue, notSupported, required, tooLong, tooMany } from "../../../lib/field-error.ts";
import { sameValue } from "../../field-checks.ts";
import type { WriteContext } from "../../kind.ts";
import { validateNodeSelector } from "../../pod-spec/affinity.ts";
import type { AllocatedDeviceStatus, AllocationResult, DeviceAllocationConfiguration, DeviceRequestAllocationResult, NetworkDeviceData, ResourceClaim, ResourceClaimConsumerReference } from "../../types/resource-v1.generated.ts";
import { validateConditions } from "../../validate-conditions.ts";
import { formatIp, parseCidr } from "../../values/ip.ts";
import { refuseAdminAllocation } from "../admin-access.ts";
import { requestNames, validateRequestRef, validateRequestRefs } from "../claim-spec.ts";
import { validateDriverName, validateLabelName, validatePoolName, validateShareId } from "../device-names.ts";
import { CONFIGS_MAX, validateBindingConditions, validateJsonObject, validateOpaque, validateTolerations } from "../device-terms.ts";
import { validateSet, validateSlice } from "../lists.ts";
import { authorizeStatus } from "./authorize-status.ts";

const RESERVED_MAX = 256;
const RESULTS_MAX = 32;

/** An allocation stays as it is until nobody uses it; only what is allocated can be reserved. */
export function validateResourceClaimStatus(claim: ResourceClaim, old: ResourceClaim, ctx: WriteContext): FieldError[] {
  const { allocation, reservedFor, devices } = claim.status ?? {};
  const before = old.status?.allocation;
  const allocated = new Set((allocation?.devices?.results ?? []).map(deviceId));
  const errors = [
    ...refuseAdminAllocation(allocation, before, claim.metadata.namespace, ctx),
    ...authorizeStatus(claim, old, ctx),
    ...validateSet(reservedFor, RESERVED_MAX, "status.reservedFor", validateConsumer, ({ uid }) => uid),
    ...validateSet(devices, Infinity, "status.devices", (device, at) => validateDevice(device, allocated, at), deviceId),
    ...validateReservation(claim, old),
  ];
  if (!allocation) return errors;
  if (before) return sameValue(allocation, before) ? errors : [...errors, invalidValue("status.allocation", allocation, "field is immutable")];
  return [...errors, ...validateAllocation(allocation, requestNames(claim.spec))];
}

/** With what was allocated also goes what its driver said of it. */
export function dropDeallocated(obj: ResourceClaim, old: ResourceClaim): void {
  const idsOf = ({ status }: ResourceClaim) => new Set((status?.allocation?.devices?.results ?? []).map(({ driver, pool, device }) => `${driver}/${pool}/${device}`));
  const [now, before] = [idsOf(obj), idsOf(old)];
  const left = obj.status?.devices?.filter(({ driver, pool, device }) => now.has(`${driver}/${pool}/${device}`) || !before.has(`${driver}/${pool}/${device}`));
  if (!obj.status || !left) return;
  if (left.length > 0) obj.status.devices = left;
  else delete obj.status.devices;
}

/** A device that is shared is allocated once for each share. */
const deviceId = ({ driver, pool, device, shareID }: Pick<DeviceRequestAllocationResult, "driver" | "pool" | "device" | "shareID">): string =>
  [driver, pool, device, ...(shareID ? [shareID] : [])].join("/");

const validateConsumer = ({ resource, name, uid }: ResourceClaimConsumerReference, at: string): FieldError[] =>
  [...(resource ? [] : [required(`${at}.resource`)]), ...(name ? [] : [required(`${at}.name`)]), ...(uid ? [] : [required(`${at}.uid`)])];

function validateReservation({ metadata, status }: ResourceClaim, old: ResourceClaim): FieldError[] {
  const reservedFor = status?.reservedFor ?? [];
  if (reservedFor.length === 0) return [];
  if (!status?.allocation) return [forbiddenField("status.reservedFor", "may not be specified when `allocated` is not set")];
  const isNew = (ref: ResourceClaimConsumerReference) => !old.status?.reservedFor?.some((before) => sameValue(before, ref));
  return metadata.deletionTimestamp && reservedFor.some(isNew)
    ? [forbiddenField("status.reservedFor", "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set")] : [];
}

function validateAllocation({ devices = {}, nodeSelector }: AllocationResult, names: ReadonlySet<string>): FieldError[] {
  const path = "status.allocation.devices";
  return [
    ...validateSlice(devices.results, RESULTS_MAX, `${path}.results`, (result, at) => validateResult(result, names, at)),
    ...validateSlice(devices.config, 2 * CONFIGS_MAX, `${path}.config`, (config, at) => validateConfig(config, names, at)),
    ...(nodeSelector ? validateNodeSelector(nodeSelector, "status.allocation.nodeSelector") : []),
  ];
}

function validateResult(result: DeviceRequestAllocationResult, names: ReadonlySet<string>, path: string): FieldError[] {
  return [
    ...validateRequestRef(result.request ?? "", names, `${path}.request`),
    ...validateDriverName(result.driver, `${path}.driver`), ...validatePoolName(result.pool, `${path}.pool`), ...validateLabelName(result.device, `${path}.device`),
    ...validateBindingConditions(result.bindingConditions, result.bindingFailureConditions, path),
    ...validateTolerations(result.tolerations, `${path}.tolerations`),
    ...(result.shareID === undefined ? [] : validateShareId(result.shareID, `${path}.shareID`)),
  ];
}

const SOURCES = ["FromClaim", "FromClass"];

function validateConfig({ source, requests, opaque }: DeviceAllocationConfiguration, names: ReadonlySet<string>, path: string): FieldError[] {
  return [
    ...(!source ? [required(`${path}.source`)] : SOURCES.includes(source) ? [] : [notSupported(`${path}.source`, source, SOURCES)]),
    ...validateRequestRefs(requests, names, `${path}.requests`), ...validateOpaque(opaque, `${path}.opaque`),
  ];
}

const CONDITIONS_MAX = 8;
const DATA_BYTES_MAX = 10 * 1024;

/** What a driver tells of a device that it has prepared. */
function validateDevice(status: AllocatedDeviceStatus, allocated: ReadonlySet<string>, path: string): FieldError[] {
  const { driver, pool, device, shareID, conditions = [], data, networkData } = status;
  const id = deviceId(status);
  return [
    ...validateDriverName(driver, `${path}.driver`), ...validatePoolName(pool, `${path}.pool`), ...validateLabelName(device, `${path}.device`),
    ...(shareID === undefined ? [] : validateShareId(shareID, `${path}.shareID`)),
    ...(allocated.has(id) ? [] : [{ reason: "FieldValueInvalid", field: path, message: `Invalid value: ${id}: must be an allocated device in the claim` } as const]),
    ...(conditions.length > CONDITIONS_MAX ? [tooMany(`${path}.conditions`, conditions.length, CONDITIONS_MAX)] : []),
    ...validateConditions(conditions, `${path}.conditions`),
    ...(data === undefined ? [] : validateJsonObject(data, `${path}.data`, DATA_BYTES_MAX)),
    ...(networkData ? validateNetwork(networkData, `${path}.networkData`) : []),
  ];
}

const INTERFACE_NAME_MAX = 256;
const HARDWARE_ADDRESS_MAX = 128;
const IPS_MAX = 16;

function validateNetwork({ interfaceName = "", hardwareAddress = "", ips }: NetworkDeviceData, path: string): FieldError[] {
  return [
    ...(interfaceName.length > INTERFACE_NAME_MAX ? [tooLong(`${path}.interfaceName`, INTERFACE_NAME_MAX)] : []),
    ...(hardwareAddress.length > HARDWARE_ADDRESS_MAX ? [tooLong(`${path}.hardwareAddress`, HARDWARE_ADDRESS_MAX)] : []),
    ...validateSet(ips, IPS_MAX, `${path}.ips`, validateInterfaceAddress, (ip) => ip),
  ];
}

/** An address with the length of its network's prefix. */
function validateInterfaceAddress(text: string, path: string): FieldError[] {
  const block = parseCidr(text);
  if (!block) return [invalidValue(path, text, "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)")];
  const canonical = `${formatIp(block.address)}/${block.prefix}`;
  return canonical === text ? [] : [invalidValue(path, text, `must be in canonical form ("${canonical}")`)];
}
