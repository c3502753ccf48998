import type { VolumeType } from "./volume-type.ts";
import { type FieldError, invalidValue, required } from "../../../lib/field-error.ts";
import { inclusiveRange } from "../../values/names.ts";

interface Iscsi {
  targetPortal?: string;
  iqn?: string;
  lun?: number;
  iscsiInterface?: string;
  chapAuthDiscovery?: boolean;
  chapAuthSession?: boolean;
  secretRef?: object;
  initiatorName?: string;
}

/** iSCSI qualified names, by their three prefixes (RFC 3720). */
const NAMES = {
  iqn: /^iqn\.\d{4}-\d{2}\.([A-Za-z0-9-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[A-Fa-f0-9]{16}$/,
  naa: /^naa.[A-Fa-f0-9]{32}$/,
};

export const iscsi: VolumeType<Iscsi> = {
  name: "iscsi",
  defaults(source) { source.iscsiInterface ||= "default"; },
  validate(source, path, volume) {
    const errors: FieldError[] = [];
    const lun = source.lun ?? 0;
    if (!source.targetPortal) errors.push(required(`${path}.targetPortal`));
    if (!source.iqn) errors.push(required(`${path}.iqn`));
    else errors.push(...validateName(source.iqn, `${path}.iqn`));
    if (lun < 0 || lun > 255) errors.push(invalidValue(`${path}.lun`, lun, inclusiveRange(0, 255)));
    if ((source.chapAuthDiscovery || source.chapAuthSession) && !source.secretRef) errors.push(required(`${path}.secretRef`));
    if (source.initiatorName === undefined) return errors;
    errors.push(...validateName(source.initiatorName, `${path}.initiatorname`));
    if (`${volume.name}:${source.targetPortal}`.length > 64) {
      errors.push(invalidValue(path.replace(/iscsi$/, "name"), volume.name,
        "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified."));
    }
    return errors;
  },
};

function validateName(name: string, path: string): FieldError[] {
  const pattern = NAMES[name.slice(0, 3) as keyof typeof NAMES];
  if (!pattern) return [invalidValue(path, name, "must be valid format starting with iqn, eui, or naa")];
  return pattern.test(name) ? [] : [invalidValue(path, name, "must be valid format")];
}
