import { invalidValue, required, tooLong, type FieldError } from "../../lib/field-error.ts";
import { check } from "../field-checks.ts";
import { isDns1123Subdomain, isQualifiedName } from "../values/names.ts";

/** What several kinds of storage.k8s.io and core/v1 PersistentVolume say of drivers and their parameters. */
const DRIVER_NAME_MAX = 63;
const PARAMETERS_MAX = 512;
const PARAMETERS_BYTES_MAX = 256 * 1024;

export function validateDriverName(name: string | undefined, path: string): FieldError[] {
  if (!name) return [required(path)];
  const errors = name.length > DRIVER_NAME_MAX ? [tooLong(path, DRIVER_NAME_MAX)] : [];
  return errors.concat(isDns1123Subdomain(name.toLowerCase()).map((text) => invalidValue(path, name, text)));
}

/** Of a StorageClass: any qualified name, letters of both cases. */
export const validateProvisioner = (name: string | undefined, path: string): FieldError[] =>
  (name ? isQualifiedName(name.toLowerCase()).map((text) => invalidValue(path, name.toLowerCase(), text)) : [required(path)]);

export function validateParameters(parameters: Readonly<Record<string, string>> | undefined, path: string, { allowEmpty }: { allowEmpty: boolean }): FieldError[] {
  const entries = Object.entries(parameters ?? {});
  if (entries.length > PARAMETERS_MAX) return [tooLong(path, PARAMETERS_MAX)];
  const errors = entries.filter(([key]) => key === "").map(([key]) => invalidValue(path, key, "field can not be empty."));
  const bytes = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  if (bytes > PARAMETERS_BYTES_MAX) errors.push(tooLong(path, PARAMETERS_BYTES_MAX));
  if (!allowEmpty && entries.length === 0) errors.push(required(path, "must contain at least one key/value pair"));
  return errors;
}

export const validateClassName = (name: string, path: string): FieldError[] => check(path, name, isDns1123Subdomain);
