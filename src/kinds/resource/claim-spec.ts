import { duplicate, invalidValue, notSupported, required, tooMany, type FieldError } from "../../lib/field-error.ts";
import { check } from "../field-checks.ts";
import type { DeviceClaim, DeviceConstraint, DeviceRequest, DeviceSubRequest, ExactDeviceRequest, ResourceClaimSpec } from "../types/resource-v1.generated.ts";
import { isDns1123Label, isDns1123Subdomain } from "../values/names.ts";
import { CONFIGS_MAX, validateCapacity, validateOpaque, validateSelectors, validateTolerations, validateUnique } from "./device-terms.ts";

/** The specification of a claim for devices: of claims, and of the templates from which pods get theirs. */
const REQUESTS_MAX = 32;
const ALTERNATIVES_MAX = 8;
const CONSTRAINTS_MAX = 32;
const MODES = ["All", "ExactCount"];

export function defaultResourceClaimSpec(spec: ResourceClaimSpec | undefined): void {
  for (const { exactly, firstAvailable = [] } of spec?.devices?.requests ?? []) {
    for (const request of [...(exactly ? [exactly] : []), ...firstAvailable]) defaultAmount(request);
  }
}

function defaultAmount(request: { allocationMode?: string; count?: number }): void {
  request.allocationMode ||= "ExactCount";
  if (request.allocationMode === "ExactCount") request.count ||= 1;
}

export function validateResourceClaimSpec(spec: ResourceClaimSpec | undefined, path: string): FieldError[] {
  const { requests = [], constraints = [], config = [] }: DeviceClaim = spec?.devices ?? {};
  const at = `${path}.devices`;
  const names = requestNames(requests);
  return [
    ...limited(requests, REQUESTS_MAX, `${at}.requests`, validateRequest),
    ...requests.flatMap(({ name }, i) => (requests.findIndex((r) => r.name === name) < i ? [duplicate(`${at}.requests[${i}].name`, name)] : [])),
    ...limited(constraints, CONSTRAINTS_MAX, `${at}.constraints`, (constraint, here) => validateConstraint(constraint, names, here)),
    ...limited(config, CONFIGS_MAX, `${at}.config`, (entry, here) => [...validateRequestNames(entry.requests, names, `${here}.requests`), ...validateOpaque(entry.opaque, `${here}.opaque`)]),
  ];
}

function limited<T>(items: readonly T[], max: number, path: string, validate: (item: T, path: string) => FieldError[]): FieldError[] {
  return items.length > max ? [tooMany(path, items.length, max)] : items.flatMap((item, i) => validate(item, `${path}[${i}]`));
}

/** `gpu`, and `gpu/large` for one of its alternatives. */
const requestNames = (requests: readonly DeviceRequest[]): Set<string> =>
  new Set(requests.flatMap(({ name, firstAvailable = [] }) => [name, ...firstAvailable.map((sub) => `${name}/${sub.name}`)]));

function validateRequest({ name, exactly, firstAvailable = [] }: DeviceRequest, path: string): FieldError[] {
  const errors = name ? check(`${path}.name`, name, isDns1123Label) : [required(`${path}.name`)];
  if (exactly && firstAvailable.length > 0) return [...errors, invalidValue(path, null, "exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set")];
  if (exactly) return [...errors, ...validateDevices(exactly, `${path}.exactly`)];
  if (firstAvailable.length === 0) return [...errors, required(path, "exactly one of `exactly` or `firstAvailable` is required")];
  return [
    ...errors,
    ...limited(firstAvailable, ALTERNATIVES_MAX, `${path}.firstAvailable`, (sub, here) => [...(sub.name ? check(`${here}.name`, sub.name, isDns1123Label) : [required(`${here}.name`)]), ...validateDevices(sub, here)]),
    ...firstAvailable.flatMap((sub, i) => (firstAvailable.findIndex((s) => s.name === sub.name) < i ? [duplicate(`${path}.firstAvailable[${i}].name`, sub.name)] : [])),
  ];
}

function validateDevices({ deviceClassName, selectors, allocationMode = "", count = 0, tolerations, capacity }: ExactDeviceRequest | DeviceSubRequest, path: string): FieldError[] {
  const errors = deviceClassName ? check(`${path}.deviceClassName`, deviceClassName, isDns1123Subdomain) : [required(`${path}.deviceClassName`)];
  errors.push(...validateSelectors(selectors, `${path}.selectors`));
  if (!MODES.includes(allocationMode)) errors.push(notSupported(`${path}.allocationMode`, allocationMode, MODES));
  if (allocationMode === "All" && count !== 0) errors.push(invalidValue(`${path}.count`, count, "must not be specified when allocationMode is 'All'"));
  if (allocationMode === "ExactCount" && count <= 0) errors.push(invalidValue(`${path}.count`, count, "must be greater than zero"));
  return [...errors, ...validateTolerations(tolerations, `${path}.tolerations`), ...validateCapacity(capacity, `${path}.capacity`)];
}

function validateRequestNames(requests: readonly string[] | undefined, names: ReadonlySet<string>, path: string): FieldError[] {
  const all = requests ?? [];
  const unknown = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
  return [...all.flatMap((name, i) => (names.has(name) ? [] : [invalidValue(`${path}[${i}]`, name, unknown)])), ...validateUnique(all, path)];
}

function validateConstraint({ requests, matchAttribute, distinctAttribute }: DeviceConstraint, names: ReadonlySet<string>, path: string): FieldError[] {
  const errors = validateRequestNames(requests, names, `${path}.requests`);
  const attribute = matchAttribute ?? distinctAttribute;
  const field = matchAttribute !== undefined ? "matchAttribute" : "distinctAttribute";
  if (attribute === undefined) return [...errors, required(`${path}.matchAttribute`)];
  return attribute.includes("/") ? errors : [...errors, invalidValue(`${path}.${field}`, attribute, "must include a domain")];
}
