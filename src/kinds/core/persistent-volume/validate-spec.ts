import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import { validateNodeSelector } from "../../pod-spec/affinity.ts";
import { quantityOf } from "../../pod-spec/quantity-checks.ts";
import { volumeTypesByName } from "../../pod-spec/volumes/index.ts";
import { validatePathNoBacksteps } from "../../pod-spec/volumes/paths.ts";
import { validateDriverName } from "../../storage/driver.ts";
import type { CSIPersistentVolumeSource, PersistentVolumeSpec, SecretReference } from "../../types/core-v1.generated.ts";
import { isDns1123Subdomain } from "../../values/names.ts";
import { validateAccessModes, VOLUME_MODES } from "../persistent-volume-claim/spec.ts";

const RECLAIM_POLICIES = ["Delete", "Recycle", "Retain"];

/** In upstream's order: of two sources the first is checked and the second is one too many. */
const SOURCE_ORDER = [
  "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "glusterfs", "flocker", "nfs", "rbd", "quobyte", "cephfs", "iscsi", "cinder", "fc", "flexVolume",
  "azureFile", "vsphereVolume", "photonPersistentDisk", "portworxVolume", "azureDisk", "scaleIO", "local", "storageos", "csi",
] as const;
export const SOURCES: ReadonlySet<string> = new Set(SOURCE_ORDER);

/** `inline`: within a VolumeAttachment, where only a CSI source without a claim makes sense. */
export function validateVolumeSpec(spec: PersistentVolumeSpec, path: string, { inline = false, name = "" } = {}): FieldError[] {
  const modes = spec.accessModes ?? [];
  return [
    ...(inline ? validateInline(spec, path) : []),
    ...(modes.length === 0 ? [required(`${path}.accessModes`)] : []),
    ...validateAccessModes(modes, `${path}.accessModes`),
    ...(inline ? [] : validateStanding(spec, path)),
    ...validateSources(spec, path, name),
    ...validateAttributesClass(spec, path),
  ];
}

function validateInline(spec: PersistentVolumeSpec, path: string): FieldError[] {
  const text = "may not be specified in the context of inline volumes";
  const errors: FieldError[] = [];
  if (spec.claimRef) errors.push(forbiddenField(`${path}.claimRef`, text));
  if (Object.keys(spec.capacity ?? {}).length > 0) errors.push(forbiddenField(`${path}.capacity`, text));
  if (!spec.csi) errors.push(required(`${path}.csi`, "has to be specified in the context of inline volumes"));
  if (spec.persistentVolumeReclaimPolicy && spec.persistentVolumeReclaimPolicy !== "Retain") {
    errors.push(forbiddenField(`${path}.persistentVolumeReclaimPolicy`, "may only be Retain in the context of inline volumes"));
  }
  if (spec.nodeAffinity) errors.push(forbiddenField(`${path}.nodeAffinity`, text));
  if (spec.storageClassName) errors.push(forbiddenField(`${path}.storageClassName`, text));
  if (spec.volumeMode && spec.volumeMode !== "Filesystem") {
    errors.push(forbiddenField(`${path}.volumeMode`, "may not specify volumeMode other than Filesystem in the context of inline volumes"));
  }
  return errors;
}

/** What a volume of its own has beside its source. */
function validateStanding(spec: PersistentVolumeSpec, path: string): FieldError[] {
  const { capacity = {}, persistentVolumeReclaimPolicy: policy, nodeAffinity, storageClassName, volumeMode } = spec;
  const errors: FieldError[] = [];
  const names = Object.keys(capacity);
  if (names.length === 0) errors.push(required(`${path}.capacity`));
  if (capacity.storage === undefined || names.length > 1) errors.push(notSupported(`${path}.capacity`, capacity, ["storage"]));
  for (const name of names) if (quantityOf(capacity[name]).nano <= 0n) errors.push(invalidValue(`${path}.capacity[${name}]`, capacity[name], "must be greater than zero"));
  if (policy && !RECLAIM_POLICIES.includes(policy)) errors.push(notSupported(`${path}.persistentVolumeReclaimPolicy`, policy, RECLAIM_POLICIES));
  if (nodeAffinity) {
    errors.push(...(nodeAffinity.required ? validateNodeSelector(nodeAffinity.required, `${path}.nodeAffinity.required`) : [required(`${path}.nodeAffinity.required`, "must specify required node constraints")]));
  }
  if (policy === "Recycle" && spec.hostPath && isRoot(spec.hostPath.path)) {
    errors.push(forbiddenField(`${path}.persistentVolumeReclaimPolicy`, "may not be 'recycle' for a hostPath mount of '/'"));
  }
  if (storageClassName) errors.push(...check(`${path}.storageClassName`, storageClassName, isDns1123Subdomain));
  if (volumeMode !== undefined && !VOLUME_MODES.includes(volumeMode)) errors.push(notSupported(`${path}.volumeMode`, volumeMode, VOLUME_MODES));
  return errors;
}

const isRoot = (path: string): boolean => path.startsWith("/") && path.split("/").every((part) => part === "" || part === ".");

function validateSources(spec: PersistentVolumeSpec, path: string, name: string): FieldError[] {
  const [first, ...others] = SOURCE_ORDER.filter((source) => spec[source] !== undefined);
  if (!first) return [required(path, "must specify a volume type")];
  return [
    ...validateSource(spec, first, `${path}.${first}`, name),
    ...others.map((source) => forbiddenField(`${path}.${source === "cephfs" ? "cephFS" : source}`, "may not specify more than 1 volume type")),
    ...(spec.local && !spec.nodeAffinity ? [required(`${path}.nodeAffinity`, "Local volume requires node affinity")] : []),
  ];
}

function validateSource(spec: PersistentVolumeSpec, source: (typeof SOURCE_ORDER)[number], path: string, name: string): FieldError[] {
  if (source === "csi") return validateCsi(spec.csi!, path);
  if (source === "local") return spec.local!.path ? validatePathNoBacksteps(spec.local!.path, `${path}.path`) : [required(`${path}.path`)];
  if (source === "azureFile" && spec.azureFile!.secretNamespace === "") return [required(`${path}.secretNamespace`)];
  return volumeTypesByName.get(source)?.validate?.(spec[source], path, { name }) ?? [];
}

function validateCsi(csi: CSIPersistentVolumeSource, path: string): FieldError[] {
  const errors = validateDriverName(csi.driver, `${path}.driver`);
  if (!csi.volumeHandle) errors.push(required(`${path}.volumeHandle`));
  for (const field of ["controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef"] as const) {
    if (csi[field]) errors.push(...validateSecretRef(csi[field], `${path}.${field}`));
  }
  return errors;
}

const validateSecretRef = (ref: SecretReference, path: string): FieldError[] => [
  ...(ref.name ? [] : [required(`${path}.name`)]),
  ...(ref.namespace ? [] : [required(`${path}.namespace`)]),
];

function validateAttributesClass({ volumeAttributesClassName: name, csi }: PersistentVolumeSpec, path: string): FieldError[] {
  if (name === undefined) return [];
  return [
    ...(name === "" ? [required(`${path}.volumeAttributesClassName`, "an empty string is disallowed")] : check(`${path}.volumeAttributesClassName`, name, isDns1123Subdomain)),
    ...(csi ? [] : [required(`${path}.csi`, "has to be specified when using volumeAttributesClassName")]),
  ];
}
