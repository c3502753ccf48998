import type { VolumeType } from "./volume-type.ts";
import type { ObjectFieldSelector, ResourceFieldSelector } from "../../types/core-v1.generated.ts";
import { type FieldError, invalidValue, required } from "../../../lib/field-error.ts";
import { validateFieldRef, validateResourceFieldRef, VOLUME_FIELD_PATHS } from "../field-refs.ts";
import { validateFileMode, validateLocalNonReservedPath } from "./paths.ts";

export interface DownwardFile { path?: string; fieldRef?: ObjectFieldSelector; resourceFieldRef?: ResourceFieldSelector; mode?: number }

/** Fields of the pod and resources of its containers as files. */
export const downwardAPI: VolumeType<{ items?: DownwardFile[]; defaultMode?: number }> = {
  name: "downwardAPI",
  defaults(source) {
    source.defaultMode ??= 0o644;
    defaultDownwardFiles(source.items);
  },
  // Upstream reports errors of items at the volume's own path, without the index.
  validate: (source, path) => [
    ...validateFileMode(source.defaultMode, `${path}.defaultMode`),
    ...(source.items ?? []).flatMap((file) => validateDownwardFile(file, path)),
  ],
};

export function defaultDownwardFiles(items: DownwardFile[] | undefined): void {
  for (const file of items ?? []) if (file.fieldRef) file.fieldRef.apiVersion ||= "v1";
}

export function validateDownwardFile(file: DownwardFile, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!file.path) errors.push(required(`${path}.path`));
  errors.push(...validateLocalNonReservedPath(file.path ?? "", `${path}.path`));
  if (file.fieldRef) {
    errors.push(...validateFieldRef(file.fieldRef, VOLUME_FIELD_PATHS, `${path}.fieldRef`));
    if (file.resourceFieldRef) errors.push(invalidValue(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"));
  } else if (file.resourceFieldRef) {
    errors.push(...validateResourceFieldRef(file.resourceFieldRef, `${path}.resourceFieldRef`, { volume: true }));
  } else errors.push(required(path, "one of fieldRef and resourceFieldRef is required"));
  errors.push(...validateFileMode(file.mode, `${path}.mode`));
  return errors;
}
