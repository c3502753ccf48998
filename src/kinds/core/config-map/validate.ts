import { decodedLength } from "../../../lib/base64.ts";
import { type FieldError, forbiddenField, invalidValue, tooLong } from "../../../lib/field-error.ts";
import { byteLength } from "../../pod-spec/metadata.ts";
import type { ConfigMap } from "../../types/core-v1.generated.ts";
import { isConfigMapKey } from "../../values/names.ts";

const DATA_BYTES_MAX = 1024 * 1024;

export function validateConfigMap(obj: ConfigMap): FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(obj.data ?? {})) {
    for (const text of isConfigMapKey(key)) errors.push(invalidValue(`data[${key}]`, key, text));
    if (obj.binaryData && Object.hasOwn(obj.binaryData, key)) errors.push(invalidValue(`data[${key}]`, key, "duplicate of key present in binaryData"));
    bytes += byteLength(value);
  }
  for (const [key, value] of Object.entries(obj.binaryData ?? {})) {
    for (const text of isConfigMapKey(key)) errors.push(invalidValue(`binaryData[${key}]`, key, text));
    bytes += decodedLength(value);
  }
  // Upstream reports the size at the empty path.
  if (bytes > DATA_BYTES_MAX) errors.push(tooLong("", DATA_BYTES_MAX));
  return errors;
}

export function validateConfigMapUpdate(obj: ConfigMap, old: ConfigMap): FieldError[] {
  if (!old.immutable) return [];
  const errors: FieldError[] = [];
  const frozen = (field: string) => forbiddenField(field, "field is immutable when `immutable` is set");
  if (!obj.immutable) errors.push(frozen("immutable"));
  if (!sameEntries(obj.data, old.data)) errors.push(frozen("data"));
  if (!sameEntries(obj.binaryData, old.binaryData)) errors.push(frozen("binaryData"));
  return errors;
}

function sameEntries(a: Record<string, string> = {}, b: Record<string, string> = {}): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key]);
}
