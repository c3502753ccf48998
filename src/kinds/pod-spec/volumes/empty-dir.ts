import type { VolumeType } from "./volume-type.ts";
import { forbiddenField } from "../../../lib/field-error.ts";
import { isNegative } from "../quantity-checks.ts";

export const emptyDir: VolumeType<{ medium?: string; sizeLimit?: string }> = {
  name: "emptyDir",
  validate: (source, path) =>
    isNegative(source.sizeLimit) ? [forbiddenField(`${path}.sizeLimit`, "SizeLimit field must be a valid resource quantity")] : [],
};
