import { duplicate, invalidValue, notSupported, type FieldError } from "../../../lib/field-error.ts";
import { immutable, sameValue } from "../../field-checks.ts";
import type { CSIDriver, TokenRequest } from "../../types/storage-v1.generated.ts";

const FS_GROUP_POLICIES = ["File", "None", "ReadWriteOnceWithFSType"];
const LIFECYCLE_MODES = ["Persistent", "Ephemeral"];
const PERIOD_SECONDS_MIN = 10;
const TOKEN_SECONDS_MIN = 600;
const TOKEN_SECONDS_MAX = 2 ** 32;

export function validateCsiDriver({ spec }: CSIDriver): FieldError[] {
  const { fsGroupPolicy, nodeAllocatableUpdatePeriodSeconds: period, tokenRequests = [], volumeLifecycleModes = [] } = spec;
  const errors: FieldError[] = [];
  if (fsGroupPolicy !== undefined && !FS_GROUP_POLICIES.includes(fsGroupPolicy)) errors.push(notSupported("spec.fsGroupPolicy", fsGroupPolicy, FS_GROUP_POLICIES));
  errors.push(...validateTokenRequests(tokenRequests));
  for (const mode of volumeLifecycleModes) if (!LIFECYCLE_MODES.includes(mode)) errors.push(notSupported("spec.volumeLifecycleModes", mode, LIFECYCLE_MODES));
  if (period !== undefined && period < PERIOD_SECONDS_MIN) errors.push(invalidValue("spec.nodeAllocatableUpdatePeriodSeconds", period, "must be greater than or equal to 10 seconds"));
  if (spec.serviceAccountTokenInSecrets !== undefined && tokenRequests.length === 0) {
    errors.push(invalidValue("spec.serviceAccountTokenInSecrets", spec.serviceAccountTokenInSecrets, "serviceAccountTokenInSecrets is set but no tokenRequests are specified"));
  }
  return errors;
}

/** The odd path is upstream's. */
export const validateCsiDriverUpdate = (obj: CSIDriver, old: CSIDriver): FieldError[] => [
  ...immutable("spec.attachedRequired", obj.spec.attachRequired, old.spec.attachRequired),
  ...immutable("spec.volumeLifecycleModes", obj.spec.volumeLifecycleModes, old.spec.volumeLifecycleModes),
];

export function csiDriverWarnings({ spec }: CSIDriver, old?: CSIDriver): string[] {
  const isNew = !old || !sameValue(spec.tokenRequests, old.spec.tokenRequests);
  return isNew && spec.tokenRequests?.length && spec.serviceAccountTokenInSecrets === undefined
    ? ["spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes"] : [];
}

function validateTokenRequests(requests: readonly TokenRequest[]): FieldError[] {
  const audiences = new Set<string>();
  return requests.flatMap(({ audience = "", expirationSeconds: seconds }, i) => {
    const path = `spec.tokenRequests[${i}]`;
    if (audiences.has(audience)) return [duplicate(`${path}.audience`, audience)];
    audiences.add(audience);
    if (seconds === undefined) return [];
    if (seconds < TOKEN_SECONDS_MIN) return [invalidValue(`${path}.expirationSeconds`, seconds, "may not specify a duration less than 10 minutes")];
    return seconds > TOKEN_SECONDS_MAX ? [invalidValue(`${path}.expirationSeconds`, seconds, "may not specify a duration larger than 2^32 seconds")] : [];
  });
}
