import { type FieldError, invalidValue, required } from "../../../lib/field-error.ts";
import type { KeyToPath } from "../../types/core-v1.generated.ts";

const FILE_MODE_ERROR = "must be a number between 0 and 0777 (octal), both inclusive";
const FILE_MODE_MAX = 0o777;

export function validateFileMode(mode: number | undefined, path: string): FieldError[] {
  return mode != null && (mode < 0 || mode > FILE_MODE_MAX) ? [invalidValue(path, mode, FILE_MODE_ERROR)] : [];
}

export function validatePathNoBacksteps(target: string, path: string): FieldError[] {
  return target.split("/").includes("..") ? [invalidValue(path, target, "must not contain '..'")] : [];
}

/** Relative and without "..". */
export function validateLocalDescendingPath(target: string, path: string): FieldError[] {
  const errors = target.startsWith("/") ? [invalidValue(path, target, "must be a relative path")] : [];
  return errors.concat(validatePathNoBacksteps(target, path));
}

/** As above, and not beginning with "..", which the kubelet's atomic writer keeps for itself. */
export function validateLocalNonReservedPath(target: string, path: string): FieldError[] {
  const errors = validateLocalDescendingPath(target, path);
  if (target.startsWith("..") && !target.startsWith("../")) errors.push(invalidValue(path, target, "must not start with '..'"));
  return errors;
}

export function validateKeyToPath(item: KeyToPath, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!item.key) errors.push(required(`${path}.key`));
  if (!item.path) errors.push(required(`${path}.path`));
  errors.push(...validateLocalNonReservedPath(item.path ?? "", `${path}.path`), ...validateFileMode(item.mode, `${path}.mode`));
  return errors;
}

export const validateItems = (items: readonly KeyToPath[] | undefined, path: string): FieldError[] =>
  (items ?? []).flatMap((item, i) => validateKeyToPath(item, `${path}[${i}]`));
