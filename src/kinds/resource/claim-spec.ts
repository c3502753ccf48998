import { type FieldError, invalidValue, notSupported, required } from "../../lib/field-error.ts";
import { check } from "../field-checks.ts";
import type { DeviceClaim, DeviceConstraint, DeviceRequest, DeviceSubRequest, ExactDeviceRequest, ResourceClaimSpec } from "../types/resource-v1.generated.ts";
import { isDns1123Subdomain } from "../values/names.ts";
import { validateFullyQualifiedName, validateLabelName } from "./device-names.ts";
import { CONFIGS_MAX, validateOpaque, validateSelectors, validateTolerations } from "./device-terms.ts";
import { validateSet, validateSlice } from "./lists.ts";

/** The specification of a claim for devices: of claims, and of the templates from which pods get theirs. */
const REQUESTS_MAX = 32;
const ALTERNATIVES_MAX = 8;
const CONSTRAINTS_MAX = 32;
const MODES = ["All", "ExactCount"];

export function defaultResourceClaimSpec(spec: ResourceClaimSpec | undefined): void {
  for (const { exactly, firstAvailable = [] } of spec?.devices?.requests ?? []) {
    for (const request of [...(exactly ? [exactly] : []), ...firstAvailable]) {
      defaultAmount(request);
      for (const toleration of request.tolerations ?? []) toleration.operator ||= "Equal";
    }
  }
}

function defaultAmount(request: { allocationMode?: string; count?: number }): void {
  request.allocationMode ||= "ExactCount";
  if (request.allocationMode === "ExactCount") request.count ||= 1;
}

export function validateResourceClaimSpec(spec: ResourceClaimSpec | undefined, path: string): FieldError[] {
  const { requests = [], constraints, config }: DeviceClaim = spec?.devices ?? {};
  const at = `${path}.devices`;
  const names = requestNames(spec);
  return [
    ...validateSet(requests, REQUESTS_MAX, `${at}.requests`, validateRequest, ({ name }) => name),
    ...validateSlice(constraints, CONSTRAINTS_MAX, `${at}.constraints`, (constraint, here) => validateConstraint(constraint, names, here)),
    ...validateSlice(config, CONFIGS_MAX, `${at}.config`, (entry, here) => [...validateRequestRefs(entry.requests, names, `${here}.requests`), ...validateOpaque(entry.opaque, `${here}.opaque`)]),
  ];
}

/** `gpu`, and `gpu/large` for one of its alternatives. */
export const requestNames = (spec: ResourceClaimSpec | undefined): Set<string> =>
  new Set((spec?.devices?.requests ?? []).flatMap(({ name, firstAvailable = [] }) => [name, ...firstAvailable.map((sub) => `${name}/${sub.name}`)]));

function validateRequest({ name, exactly, firstAvailable = [] }: DeviceRequest, path: string): FieldError[] {
  const errors = validateLabelName(name, `${path}.name`);
  if (exactly && firstAvailable.length > 0) return [...errors, invalidValue(path, null, "exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set")];
  if (exactly) return [...errors, ...validateDevices(exactly, `${path}.exactly`)];
  if (firstAvailable.length === 0) return [...errors, required(path, "exactly one of `exactly` or `firstAvailable` is required")];
  return errors.concat(validateSet(firstAvailable, ALTERNATIVES_MAX, `${path}.firstAvailable`, (sub, here) => [...validateLabelName(sub.name, `${here}.name`), ...validateDevices(sub, here)], (sub) => sub.name));
}

function validateDevices({ deviceClassName, selectors, allocationMode = "", count = 0, tolerations }: ExactDeviceRequest | DeviceSubRequest, path: string): FieldError[] {
  const errors = deviceClassName ? check(`${path}.deviceClassName`, deviceClassName, isDns1123Subdomain) : [required(`${path}.deviceClassName`)];
  errors.push(...validateSelectors(selectors, `${path}.selectors`));
  if (!MODES.includes(allocationMode)) errors.push(notSupported(`${path}.allocationMode`, allocationMode, MODES));
  if (allocationMode === "All" && count !== 0) errors.push(invalidValue(`${path}.count`, count, "must not be specified when allocationMode is 'All'"));
  if (allocationMode === "ExactCount" && count <= 0) errors.push(invalidValue(`${path}.count`, count, "must be greater than zero"));
  return [...errors, ...validateTolerations(tolerations, `${path}.tolerations`)];
}

export const validateRequestRefs = (refs: readonly string[] | undefined, names: ReadonlySet<string>, path: string): FieldError[] =>
  validateSet(refs, REQUESTS_MAX, path, (ref, at) => validateRequestRef(ref, names, at), (ref) => ref);

export function validateRequestRef(ref: string, names: ReadonlySet<string>, path: string): FieldError[] {
  const unknown = invalidValue(path, ref, "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'");
  const parts = ref.split("/");
  if (parts.length > 2) return [unknown];
  return [...parts.flatMap((part) => validateLabelName(part, path)), ...(names.has(ref) ? [] : [unknown])];
}

function validateConstraint({ requests, matchAttribute, distinctAttribute }: DeviceConstraint, names: ReadonlySet<string>, path: string): FieldError[] {
  const errors = validateRequestRefs(requests, names, `${path}.requests`);
  if (matchAttribute !== undefined) return [...errors, ...validateFullyQualifiedName(matchAttribute, `${path}.matchAttribute`)];
  if (distinctAttribute !== undefined) return [...errors, ...validateFullyQualifiedName(distinctAttribute, `${path}.distinctAttribute`)];
  return [...errors, required(path, 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set')];
}
