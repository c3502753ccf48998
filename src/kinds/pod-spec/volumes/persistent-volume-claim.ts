import type { VolumeType } from "./volume-type.ts";
import { required } from "../../../lib/field-error.ts";

export const persistentVolumeClaim: VolumeType<{ claimName?: string; readOnly?: boolean }> = {
  name: "persistentVolumeClaim",
  validate: (source, path) => (source.claimName ? [] : [required(`${path}.claimName`)]),
};
