import { duplicate, forbiddenField, invalidValue, required, type FieldError } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import { compareText, quantityOf } from "../../pod-spec/quantity-checks.ts";
import { isOvercommitAllowed } from "../../pod-spec/resource-names.ts";
import { validateContainerResourceName, validateResourceName } from "../../pod-spec/resources.ts";
import type { LimitRange, LimitRangeItem } from "../../types/core-v1.generated.ts";
import { isQualifiedName } from "../../values/names.ts";

type List = Readonly<Record<string, string>>;

const TYPES = new Set(["Pod", "Container", "PersistentVolumeClaim"]);

export function validateLimitRange(obj: LimitRange): FieldError[] {
  const seen = new Set<string>();
  return (obj.spec?.limits ?? []).flatMap((item, i) => {
    const path = `spec.limits[${i}]`;
    const errors = validateType(item.type ?? "", `${path}.type`);
    if (seen.has(item.type)) errors.push(duplicate(`${path}.type`, item.type));
    seen.add(item.type);
    return [...errors, ...validateItem(item, path)];
  });
}

function validateType(type: string, path: string): FieldError[] {
  const errors = check(path, type, isQualifiedName);
  if (errors.length > 0 || type.includes("/") || TYPES.has(type)) return errors;
  return [invalidValue(path, type, "must be a standard limit type or fully qualified")];
}

function validateItem(item: LimitRangeItem, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const lists = ["max", "min", ...(item.type === "Pod" ? [] : ["default", "defaultRequest"] as const), "maxLimitRequestRatio"] as const;
  for (const list of lists) {
    for (const name of Object.keys(item[list] ?? {})) errors.push(...validateName(item.type, name, `${path}.${list}[${name}]`));
  }
  if (item.type === "Pod") {
    for (const list of ["default", "defaultRequest"] as const) {
      if (Object.keys(item[list] ?? {}).length > 0) errors.push(forbiddenField(`${path}.${list}`, "may not be specified when `type` is 'Pod'"));
    }
  }
  if (item.type === "PersistentVolumeClaim" && item.min?.storage === undefined && item.max?.storage === undefined) {
    errors.push(required(`${path}.limits`, "either minimum or maximum storage value is required, but neither was provided"));
  }
  const own = item.type === "Pod" ? { ...item, default: undefined, defaultRequest: undefined } : item;
  const names = new Set(lists.flatMap((list) => Object.keys(item[list] ?? {})));
  return errors.concat([...names].sort().flatMap((name) => validateOrder(own, name, path)));
}

const validateName = (type: string, name: string, path: string): FieldError[] =>
  (type === "Pod" || type === "Container" ? validateContainerResourceName(name, path) : validateResourceName(name, path));

interface Bounds { max?: List; min?: List; default?: List; defaultRequest?: List; maxLimitRequestRatio?: List }

/** minimum ≤ default request ≤ default limit ≤ maximum, as far as they are given. */
function validateOrder(item: Bounds, name: string, path: string): FieldError[] {
  const [min, max, limit, request] = [item.min?.[name], item.max?.[name], item.default?.[name], item.defaultRequest?.[name]];
  const errors: FieldError[] = [];
  const ordered = (low: string | undefined, high: string | undefined, lowText: string, highText: string, list: string, value: string | undefined) => {
    if (low === undefined || high === undefined || compareText(low, high) <= 0) return;
    errors.push(invalidValue(`${path}.${list}[${name}]`, value, `${lowText} value ${low} is greater than ${highText} value ${high}`));
  };
  ordered(min, max, "min", "max", "min", min);
  ordered(min, request, "min", "default request", "defaultRequest", request);
  ordered(request, max, "default request", "max", "defaultRequest", request);
  ordered(request, limit, "default request", "default limit", "defaultRequest", request);
  ordered(min, limit, "min", "default", "default", min);
  ordered(limit, max, "default", "max", "default", max);
  errors.push(...validateRatio(item, name, `${path}.maxLimitRequestRatio[${name}]`));
  if (!isOvercommitAllowed(name) && limit !== undefined && request !== undefined && compareText(limit, request) !== 0) {
    errors.push(invalidValue(`${path}.defaultRequest[${name}]`, request, `default value ${limit} must equal to defaultRequest value ${request} in ${name}`));
  }
  return errors;
}

function validateRatio({ min, max, maxLimitRequestRatio }: Bounds, name: string, path: string): FieldError[] {
  const ratio = maxLimitRequestRatio?.[name];
  if (ratio === undefined) return [];
  const errors = compareText(ratio, "1") < 0 ? [invalidValue(path, ratio, `ratio ${ratio} is less than 1`)] : [];
  if (min?.[name] === undefined || max?.[name] === undefined) return errors;
  const highest = Number(quantityOf(max[name]).nano) / Number(quantityOf(min[name]).nano);
  if (Number(quantityOf(ratio).nano) / 1e9 > highest) errors.push(invalidValue(path, ratio, `ratio ${ratio} is greater than max/min = ${highest.toFixed(6)}`));
  return errors;
}
