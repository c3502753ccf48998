import { forbiddenField, invalidValue, required, tooLong, type FieldError } from "../../../lib/field-error.ts";
import { validateVolumeSpec } from "../../core/persistent-volume/validate-spec.ts";
import { check } from "../../field-checks.ts";
import type { VolumeAttachment, VolumeAttachmentSource, VolumeError } from "../../types/storage-v1.generated.ts";
import { inclusiveRange, isDns1123Subdomain } from "../../values/names.ts";
import { validateDriverName } from "../driver.ts";

const METADATA_BYTES_MAX = 256 * 1024;
const MESSAGE_BYTES_MAX = 1024;

export function validateVolumeAttachment(obj: VolumeAttachment): FieldError[] {
  const { spec } = obj;
  return [
    ...validateDriverName(spec?.attacher, "spec.attacher"),
    ...validateSource(spec?.source ?? {}, "spec.source"),
    ...check("spec.nodeName", spec?.nodeName ?? "", isDns1123Subdomain),
    ...validateVolumeAttachmentStatus(obj),
  ];
}

export function validateVolumeAttachmentStatus({ status }: VolumeAttachment): FieldError[] {
  const bytes = Object.entries(status?.attachmentMetadata ?? {}).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  return [
    ...(bytes > METADATA_BYTES_MAX ? [tooLong("status.attachmentMetadata", METADATA_BYTES_MAX)] : []),
    ...validateError(status?.attachError, "status.attachError"),
    ...validateError(status?.detachError, "status.detachError"),
  ];
}

function validateError(error: VolumeError | undefined, path: string): FieldError[] {
  const errors = (error?.message ?? "").length > MESSAGE_BYTES_MAX ? [tooLong(`${path}.message`, MESSAGE_BYTES_MAX)] : [];
  if ((error?.errorCode ?? 0) < 0) errors.push(invalidValue(`${path}.errorCode`, error?.errorCode, inclusiveRange(0, 2 ** 31 - 1)));
  return errors;
}

function validateSource({ inlineVolumeSpec, persistentVolumeName }: VolumeAttachmentSource, path: string): FieldError[] {
  const text = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
  if (inlineVolumeSpec === undefined && persistentVolumeName === undefined) return [required(path, text)];
  if (inlineVolumeSpec !== undefined && persistentVolumeName !== undefined) return [forbiddenField(path, text)];
  if (inlineVolumeSpec !== undefined) return validateVolumeSpec(inlineVolumeSpec, `${path}.inlineVolumeSpec`, { inline: true });
  const errors = persistentVolumeName === "" ? [required(`${path}.persistentVolumeName`, "must specify non empty persistentVolumeName")] : [];
  return errors.concat(check(`${path}.persistentVolumeName`, persistentVolumeName!, isDns1123Subdomain));
}
