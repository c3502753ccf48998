import { type FieldError, duplicate, forbiddenField, invalidValue, required } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import type { Volume } from "../../types/core-v1.generated.ts";
import { isDns1123Label, isDns1123Subdomain } from "../../values/names.ts";
import { volumeTypes, volumeTypesByName } from "./index.ts";

/** `podName` is known for pods alone: claims of ephemeral volumes are named after it. Gives the valid volumes by name. */
export function validateVolumes(volumes: readonly Volume[], path: string, podName?: string): { volumes: Map<string, Volume>; errors: FieldError[] } {
  const errors: FieldError[] = [];
  const valid = new Map<string, Volume>();
  const ownClaims = new Set(podName ? volumes.filter((v) => v.ephemeral).map((v) => `${podName}-${v.name}`) : []);
  volumes.forEach((volume, i) => {
    const at = `${path}[${i}]`;
    const own = validateVolume(volume, at, podName);
    if (valid.has(volume.name)) own.push(duplicate(`${at}.name`, volume.name));
    if (own.length === 0) valid.set(volume.name, volume);
    errors.push(...own);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim && ownClaims.has(claim)) {
      errors.push(invalidValue(`${at}.persistentVolumeClaim.claimName`, claim, "must not reference a PVC that gets created for an ephemeral volume"));
    }
  });
  return { volumes: valid, errors };
}

function validateVolume(volume: Volume, path: string, podName: string | undefined): FieldError[] {
  const errors = validateSource(volume, path);
  if (!volume.name) errors.push(required(`${path}.name`));
  else errors.push(...check(`${path}.name`, volume.name, isDns1123Label));
  if (volume.ephemeral && podName && volume.name) {
    const claim = `${podName}-${volume.name}`;
    errors.push(...isDns1123Subdomain(claim).map((text) => invalidValue(`${path}.name`, volume.name, `PVC name "${claim}": ${text}`)));
  }
  return errors;
}

function validateSource(volume: Volume, path: string): FieldError[] {
  const keys = Object.keys(volume).filter((key) => key !== "name" && volume[key as keyof Volume] != null);
  if (keys.length === 0) return [required(path, "must specify a volume type")];
  if (keys.length === 1) return validateOne(keys[0]!, volume, path);
  const [first, ...others] = volumeTypes.filter((type) => keys.includes(type.name));
  if (!first) return [required(path, "must specify a volume type")];
  return [
    ...validateOne(first.name, volume, path),
    ...others.map((type) => forbiddenField(`${path}.${type.name}`, "may not specify more than 1 volume type")),
  ];
}

const validateOne = (key: string, volume: Volume, path: string): FieldError[] =>
  volumeTypesByName.get(key)?.validate?.(volume[key as keyof Volume], `${path}.${key}`, volume) ?? [];
