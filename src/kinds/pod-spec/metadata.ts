import { type FieldError, invalidValue, Path, tooLong } from "../../lib/field-error.ts";
import { validateLabels } from "../values/label-selector.ts";
import { isQualifiedName } from "../values/names.ts";
import type { ObjectMeta } from "../object.ts";

const ANNOTATIONS_BYTES_MAX = 256 * 1024;

/** Of a pod template, at whose own path upstream reports them: only labels and annotations are kept in its pods. */
export function validateTemplateMetadata(metadata: ObjectMeta | undefined, path: string): FieldError[] {
  if (!metadata) return [];
  return [
    ...(metadata.labels ? validateLabels(metadata.labels, Path.of(`${path}.labels`)) : []),
    ...validateAnnotations(metadata.annotations, `${path}.annotations`),
  ];
}

export function validateAnnotations(annotations: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  if (!annotations) return [];
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    for (const text of isQualifiedName(key.toLowerCase())) errors.push(invalidValue(path, key, text));
    bytes += byteLength(key) + byteLength(value);
  }
  if (bytes > ANNOTATIONS_BYTES_MAX) errors.push(tooLong(path, ANNOTATIONS_BYTES_MAX));
  return errors;
}

const encoder = new TextEncoder();
/** Of UTF-8. */
export function byteLength(text: string): number {
  // Three bytes a code unit is the most that UTF-8 takes, and most texts are far below any limit.
  return /^[\0-\x7f]*$/.test(text) ? text.length : encoder.encode(text).length;
}
