import { type FieldError, duplicate, forbiddenField, invalidValue, notSupported, required } from "../../lib/field-error.ts";
import { check } from "../field-checks.ts";
import type { PodSpec, ResourceRequirements } from "../types/core-v1.generated.ts";
import { isDns1123Label, isQualifiedName } from "../values/names.ts";
import { formatQuantity } from "../values/quantity.ts";
import { containersNeed } from "./effective-resources.ts";
import { compareText, isNegative, isWhole, quantityOf } from "./quantity-checks.ts";
import { isExtended, isHugePages, isInteger, isNative, isOvercommitAllowed, isPodLevel, isStandard, isStandardForContainers } from "./resource-names.ts";

type NameRule = (name: string, path: string) => FieldError[];

export function validateContainerResources(resources: ResourceRequirements | undefined, claims: ReadonlySet<string>, path: string): FieldError[] {
  return resources ? validateRequirements(resources, validateContainerResourceName, claims, path) : [];
}

/** spec.resources: of the pod as a whole. */
export function validatePodResources(spec: PodSpec, path: string): FieldError[] {
  const { resources } = spec;
  if (!resources) return [];
  if (spec.os?.name === "windows") return [forbiddenField(path, "may not be set for a windows pod")];
  return [
    ...(resources.claims ? [forbiddenField(`${path}.claims`, "claims may not be set for Resources at pod-level")] : []),
    ...validateRequirements(resources, validatePodName, new Set(), path),
    ...validateFits(spec, path),
  ];
}

export function validateResourceQuantity(name: string, text: string, path: string): FieldError[] {
  const errors = isNegative(text) ? [invalidValue(path, text, "must be greater than or equal to 0")] : [];
  if (isInteger(name) && !isWhole(text)) errors.push(invalidValue(path, text, "must be an integer"));
  return errors;
}

function validateRequirements(resources: ResourceRequirements, nameRule: NameRule, claims: ReadonlySet<string>, path: string): FieldError[] {
  const { limits = {}, requests = {} } = resources;
  const errors: FieldError[] = [];
  for (const [name, text] of Object.entries(limits)) errors.push(...validateEntry(name, text, nameRule, `${path}.limits[${name}]`));
  for (const [name, text] of Object.entries(requests)) {
    errors.push(...validateEntry(name, text, nameRule, `${path}.requests[${name}]`), ...validateRequest(name, text, limits[name], path));
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.includes("cpu") && !names.includes("memory")) errors.push(forbiddenField(path, "HugePages require cpu or memory"));
  if (resources.claims?.length) errors.push(...validateClaims(resources.claims, claims, `${path}.claims`));
  return errors;
}

function validateEntry(name: string, text: string, nameRule: NameRule, path: string): FieldError[] {
  const errors = [...nameRule(name, path), ...validateResourceQuantity(name, text, path)];
  if (isHugePages(name) && !isDivisible(name, text)) errors.push(invalidValue(path, text, `${text} is not positive integer multiple of ${name}`));
  return errors;
}

function validateRequest(name: string, text: string, limit: string | undefined, path: string): FieldError[] {
  if (limit === undefined) {
    return isOvercommitAllowed(name) ? [] : [required(`${path}.limits`, "Limit must be set for non overcommitable resources")];
  }
  const order = compareText(text, limit);
  if (order !== 0 && !isOvercommitAllowed(name)) return [invalidValue(`${path}.requests`, text, `must be equal to ${name} limit of ${limit}`)];
  return order > 0 ? [invalidValue(`${path}.requests`, text, `must be less than or equal to ${name} limit of ${limit}`)] : [];
}

export function validateResourceName(name: string, path: string): FieldError[] {
  const errors = check(path, name, isQualifiedName);
  if (errors.length > 0 || name.includes("/") || isStandard(name)) return errors;
  return [invalidValue(path, name, "must be a standard resource type or fully qualified")];
}

export function validateContainerResourceName(name: string, path: string): FieldError[] {
  if (isStandardForContainers(name)) return [];
  const errors = validateResourceName(name, path);
  if (!name.includes("/")) errors.push(invalidValue(path, name, "must be a standard resource for containers"));
  else if (!isNative(name) && !isExtended(name)) errors.push(invalidValue(path, name, "doesn't follow extended resource name standard"));
  return errors;
}

function validatePodName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  return errors.length > 0 || isPodLevel(name) ? errors : [notSupported(path, name, ["cpu", "hugepages-", "memory"])];
}

function isDivisible(name: string, text: string): boolean {
  const page = quantityOf(name.slice("hugepages-".length)).nano;
  const amount = quantityOf(text).nano;
  return page > 0n && amount >= 0n && amount % page === 0n;
}

/** What the containers ask for must fit into what the pod has. */
function validateFits(spec: PodSpec, path: string): FieldError[] {
  const { limits = {}, requests = {} } = spec.resources!;
  const errors: FieldError[] = [];
  const tooSmall = (of: "requests" | "limits", own: Record<string, string>, matters: (name: string) => boolean) => {
    for (const [name, need] of Object.entries(containersNeed(spec, of))) {
      if (own[name] === undefined || !matters(name) || compareText(need, own[name]) <= 0) continue;
      errors.push(invalidValue(`${path}.${of}[${name}]`, own[name], `must be greater than or equal to aggregate container ${of} of ${canonical(need)}`));
    }
  };
  tooSmall("requests", requests, () => true);
  tooSmall("limits", limits, isHugePages);
  (spec.containers ?? []).forEach((container, i) => {
    for (const [name, limit] of Object.entries(container.resources?.limits ?? {})) {
      if (limits[name] === undefined || compareText(limit, limits[name]) <= 0) continue;
      errors.push(invalidValue(`${path}.containers[${i}][${name}].limits`, limit, `must be less than or equal to pod limits of ${limits[name]}`));
    }
  });
  return errors;
}

const canonical = (text: string): string => formatQuantity(quantityOf(text));

function validateClaims(claims: NonNullable<ResourceRequirements["claims"]>, known: ReadonlySet<string>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  const inPart = new Set<string>();
  const which = known.size === 0 ? " which is empty" : `: ${[...known].sort().join(", ")}`;
  claims.forEach(({ name, request }, i) => {
    const at = `${path}[${i}]`;
    if (!name) return void errors.push(required(at));
    const key = request ? `${name}/${request}` : name;
    if (request) errors.push(...check(`${at}.request`, request, isDns1123Label));
    // The whole claim contains each of its requests.
    const isTaken = seen.has(name) || seen.has(key) || (!request && inPart.has(name));
    if (isTaken) errors.push(duplicate(at, seen.has(name) ? name : key));
    seen.add(key);
    if (request) inPart.add(name);
    if (!known.has(name)) errors.push({ reason: "FieldValueNotFound", field: at, message: `Not found: ${JSON.stringify(name)}: must be one of the names in pod.spec.resourceClaims${which}` });
  });
  return errors;
}
