import type { VolumeType } from "./volume-type.ts";
import { invalidValue, required } from "../../../lib/field-error.ts";

export const nfs: VolumeType<{ server?: string; path?: string; readOnly?: boolean }> = {
  name: "nfs",
  validate: (source, path) => [
    ...(source.server ? [] : [required(`${path}.server`)]),
    ...(source.path ? [] : [required(`${path}.path`)]),
    ...(source.path?.startsWith("/") ? [] : [invalidValue(`${path}.path`, source.path ?? "", "must be an absolute path")]),
  ],
};
