import type { LabelSelector } from "../../types/meta-v1.generated.ts";
import type { VolumeType } from "./volume-type.ts";
import type { ResourceRequirements } from "../../types/core-v1.generated.ts";
import type { ObjectMeta } from "../../object.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported, Path, required } from "../../../lib/field-error.ts";
import { validateLabels, validateLabelSelector } from "../../values/label-selector.ts";
import { isDns1123Subdomain } from "../../values/names.ts";
import { validateAnnotations } from "../metadata.ts";
import { quantityOf, roundUpToMilli } from "../quantity-checks.ts";

interface ClaimSpec {
  accessModes?: string[];
  selector?: LabelSelector;
  resources?: ResourceRequirements;
  storageClassName?: string;
  volumeMode?: string;
}
interface ClaimTemplate { metadata?: ObjectMeta; spec?: ClaimSpec }

const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const VOLUME_MODES = ["Block", "Filesystem"];

export const ephemeral: VolumeType<{ volumeClaimTemplate?: ClaimTemplate }> = {
  name: "ephemeral",
  defaults({ volumeClaimTemplate: template }) {
    if (!template) return;
    template.spec ??= {};
    template.spec.volumeMode ??= "Filesystem";
    for (const list of [template.spec.resources?.limits, template.spec.resources?.requests]) {
      for (const name in list) list[name] = roundUpToMilli(list[name]!);
    }
  },
  validate(source, path) {
    const template = source.volumeClaimTemplate;
    if (!template) return [required(`${path}.volumeClaimTemplate`)];
    return [
      ...validateAnnotations(template.metadata?.annotations, `${path}.volumeClaimTemplate.metadata.annotations`),
      ...validateLabels(template.metadata?.labels, Path.of(`${path}.volumeClaimTemplate.metadata.labels`)),
      ...validateClaimSpec(template.spec ?? {}, `${path}.volumeClaimTemplate.spec`),
    ];
  },
};

function validateClaimSpec(spec: ClaimSpec, path: string): FieldError[] {
  const errors = validateAccessModes(spec.accessModes ?? [], `${path}.accessModes`);
  errors.push(...validateLabelSelector(spec.selector, Path.of(`${path}.selector`)));
  const storage = spec.resources?.requests?.storage;
  if (storage === undefined) errors.push(required(`${path}.resources[storage]`));
  else if (quantityOf(storage).nano <= 0n) errors.push(invalidValue(`${path}.resources[storage]`, storage, "must be greater than zero"));
  if (spec.storageClassName) errors.push(...isDns1123Subdomain(spec.storageClassName).map((text) => invalidValue(`${path}.storageClassName`, spec.storageClassName, text)));
  if (spec.volumeMode != null && !VOLUME_MODES.includes(spec.volumeMode)) errors.push(notSupported(`${path}.volumeMode`, spec.volumeMode, VOLUME_MODES));
  return errors;
}

function validateAccessModes(modes: readonly string[], path: string): FieldError[] {
  if (modes.length === 0) return [required(path, "at least 1 access mode is required")];
  const errors = modes.filter((mode) => !ACCESS_MODES.includes(mode)).map((mode) => notSupported(path, mode, ACCESS_MODES));
  const shared = modes.some((mode) => mode !== "ReadWriteOncePod" && ACCESS_MODES.includes(mode));
  if (shared && modes.includes("ReadWriteOncePod")) errors.push(forbiddenField(path, "may not use ReadWriteOncePod with other access modes"));
  return errors;
}
