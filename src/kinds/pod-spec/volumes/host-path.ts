import type { VolumeType } from "./volume-type.ts";
import { notSupported, required } from "../../../lib/field-error.ts";
import { validatePathNoBacksteps } from "./paths.ts";

const TYPES = ["", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"];

export const hostPath: VolumeType<{ path?: string; type?: string }> = {
  name: "hostPath",
  defaults(source) { source.type ??= ""; },
  validate(source, path) {
    if (!source.path) return [required(`${path}.path`)];
    const errors = validatePathNoBacksteps(source.path, `${path}.path`);
    if (source.type !== undefined && !TYPES.includes(source.type)) errors.push(notSupported(`${path}.type`, source.type, TYPES));
    return errors;
  },
};
