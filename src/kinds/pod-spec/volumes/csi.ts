import type { VolumeType } from "./volume-type.ts";
import { type FieldError, invalidValue, required, tooLong } from "../../../lib/field-error.ts";
import { isDns1123Subdomain } from "../../values/names.ts";

const DRIVER_NAME_BYTES_MAX = 63;

export const csi: VolumeType<{ driver?: string; readOnly?: boolean; fsType?: string; nodePublishSecretRef?: { name?: string } }> = {
  name: "csi",
  validate(source, path) {
    const errors = validateDriverName(source.driver ?? "", `${path}.driver`);
    const secret = source.nodePublishSecretRef;
    if (secret && !secret.name) errors.push(required(`${path}.nodePublishSecretRef.name`));
    else if (secret?.name) errors.push(...isDns1123Subdomain(secret.name).map((text) => invalidValue(`${path}.name`, secret.name, text)));
    return errors;
  },
};

function validateDriverName(name: string, path: string): FieldError[] {
  if (!name) return [required(path)];
  return [
    ...(name.length > DRIVER_NAME_BYTES_MAX ? [tooLong(path, DRIVER_NAME_BYTES_MAX)] : []),
    ...isDns1123Subdomain(name.toLowerCase()).map((text) => invalidValue(path, name, text)),
  ];
}
