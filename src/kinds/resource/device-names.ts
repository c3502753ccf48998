import { type FieldError, invalidValue, required, tooLong } from "../../lib/field-error.ts";
import { check } from "../field-checks.ts";
import { validateDriverName } from "../storage/driver.ts";
import { isCIdentifier, isDns1123Label, isDns1123Subdomain } from "../values/names.ts";

const POOL_NAME_MAX = 253;
const IDENTIFIER_MAX = 32;

export { validateDriverName };

export const validateLabelName = (name: string | undefined, path: string): FieldError[] => check(path, name ?? "", isDns1123Label);

export function validatePoolName(name: string | undefined, path: string): FieldError[] {
  if (!name) return [required(path)];
  return [...(name.length > POOL_NAME_MAX ? [tooLong(path, POOL_NAME_MAX)] : []), ...name.split("/").flatMap((part) => check(path, part, isDns1123Subdomain))];
}

/** `[domain/]identifier`, the latter as in C: of attributes and capacities. */
export function validateQualifiedName(name: string, path: string): FieldError[] {
  const parts = name.split("/");
  if (parts.length > 2) return [invalidValue(path, name, "must not contain more than one slash")];
  const [id, domain] = parts.reverse();
  const errors = domain === undefined ? [] : domain === "" ? [invalidValue(path, "", "the domain must not be empty")] : validateDriverName(domain, path);
  return errors.concat(domain !== undefined && id === "" ? [invalidValue(path, "", "the name must not be empty")] : validateIdentifier(id!, path));
}

export function validateFullyQualifiedName(name: string, path: string): FieldError[] {
  const errors = validateQualifiedName(name, path);
  return name.includes("/") ? errors : [...errors, invalidValue(path, name, "a fully qualified name must be a domain and a name separated by a slash")];
}

const validateIdentifier = (id: string, path: string): FieldError[] =>
  [...(id.length > IDENTIFIER_MAX ? [tooLong(path, IDENTIFIER_MAX)] : []), ...check(path, id, isCIdentifier)];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function validateShareId(id: string, path: string): FieldError[] {
  if (UUID.test(id)) return [];
  if (!UUID.test(id.toLowerCase())) return [invalidValue(path, id, "error validating uid: invalid UUID format")];
  return [invalidValue(path, id, "uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters")];
}
