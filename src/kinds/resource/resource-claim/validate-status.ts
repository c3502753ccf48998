import { duplicate, forbiddenField, invalidValue, required, tooMany, type FieldError } from "../../../lib/field-error.ts";
import { sameValue } from "../../field-checks.ts";
import type { ResourceClaim, ResourceClaimConsumerReference } from "../../types/resource-v1.generated.ts";
import { validateDriver } from "../device-terms.ts";

const RESERVED_MAX = 256;

/** An allocation stays as it is until nobody uses it; only what is allocated can be reserved. */
export function validateResourceClaimStatus({ metadata, status = {} }: ResourceClaim, { metadata: oldMeta, status: old = {} }: ResourceClaim): FieldError[] {
  const { allocation, reservedFor = [], devices = [] } = status;
  const errors = reservedFor.length > RESERVED_MAX ? [tooMany("status.reservedFor", reservedFor.length, RESERVED_MAX)] : reservedFor.flatMap((ref, i) => validateConsumer(ref, reservedFor, i));
  if (old.allocation && allocation && !sameValue(allocation, old.allocation)) errors.push(invalidValue("status.allocation", allocation, "field is immutable"));
  if (reservedFor.length > 0 && !allocation) errors.push(forbiddenField("status.reservedFor", "may not be specified when `allocated` is not set"));
  const isNew = reservedFor.some((ref) => !old.reservedFor?.some((before) => before.uid === ref.uid));
  if (isNew && (metadata.deletionTimestamp || oldMeta.deletionTimestamp)) errors.push(forbiddenField("status.reservedFor", "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set"));
  const results = allocation?.devices?.results ?? [];
  results.forEach((result, i) => {
    const at = `status.allocation.devices.results[${i}]`;
    if (!result.request) errors.push(required(`${at}.request`));
    errors.push(...validateDriver(result.driver, `${at}.driver`));
    if (!result.pool) errors.push(required(`${at}.pool`));
    if (!result.device) errors.push(required(`${at}.device`));
  });
  devices.forEach(({ driver, pool, device }, i) => {
    const isAllocated = results.some((result) => result.driver === driver && result.pool === pool && result.device === device);
    if (!isAllocated) errors.push(invalidValue(`status.devices[${i}]`, `${driver}/${pool}/${device}`, "must be an allocated device in the claim"));
  });
  return errors;
}

function validateConsumer({ resource, name, uid }: ResourceClaimConsumerReference, all: readonly ResourceClaimConsumerReference[], i: number): FieldError[] {
  const at = `status.reservedFor[${i}]`;
  return [
    ...(resource ? [] : [required(`${at}.resource`)]), ...(name ? [] : [required(`${at}.name`)]), ...(uid ? [] : [required(`${at}.uid`)]),
    ...(uid && all.findIndex((other) => other.uid === uid) < i ? [duplicate(`${at}.uid`, uid)] : []),
  ];
}
