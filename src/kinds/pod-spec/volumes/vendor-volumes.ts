/** Volume types of single vendors. No node mounts them here; they are kept and checked so that manifests are judged as upstream does. */
import type { VolumeType } from "./volume-type.ts";
import { type FieldError, invalidValue, notSupported, required } from "../../../lib/field-error.ts";
import { inclusiveRange, isDns1123Label } from "../../values/names.ts";
import { validateLocalDescendingPath } from "./paths.ts";

type Source = Record<string, any>;

/** Missing, "", 0 and [] alike. */
const requireFields = (source: Source, path: string, ...names: string[]): FieldError[] =>
  names.filter((name) => !source[name] || source[name].length === 0).map((name) => required(`${path}.${name}`));

const needs = (name: string, ...fields: string[]): VolumeType<Source> => ({ name, validate: (source, path) => requireFields(source, path, ...fields) });

const validateSecretRef = (source: Source, path: string): FieldError[] =>
  source.secretRef && !source.secretRef.name ? [required(`${path}.secretRef.name`)] : [];

function validatePartition({ partition = 0 }: Source, path: string): FieldError[] {
  return partition < 0 || partition > 255 ? [invalidValue(`${path}.partition`, partition, inclusiveRange(0, 255))] : [];
}

const gcePersistentDisk: VolumeType<Source> = {
  name: "gcePersistentDisk",
  // Upstream reports these under `persistentDisk`.
  validate(source, path) {
    const shown = path.replace(/gcePersistentDisk$/, "persistentDisk");
    return [...requireFields(source, shown, "pdName"), ...validatePartition(source, shown)];
  },
};

const awsElasticBlockStore: VolumeType<Source> = {
  name: "awsElasticBlockStore",
  validate: (source, path) => [...requireFields(source, path, "volumeID"), ...validatePartition(source, path)],
};

const gitRepo: VolumeType<Source> = {
  name: "gitRepo",
  validate: (source, path) => [
    ...requireFields(source, path, "repository"),
    ...validateLocalDescendingPath(source.directory ?? "", `${path}.directory`),
  ],
};

const flocker: VolumeType<Source> = {
  name: "flocker",
  validate(source, path) {
    const errors: FieldError[] = [];
    if (!source.datasetName && !source.datasetUUID) errors.push(required(path, "one of datasetName and datasetUUID is required"));
    if (source.datasetName && source.datasetUUID) errors.push(invalidValue(path, "resource", "datasetName and datasetUUID can not be specified simultaneously"));
    if (source.datasetName?.includes("/")) errors.push(invalidValue(`${path}.datasetName`, source.datasetName, "must not contain '/'"));
    return errors;
  },
};

const rbd: VolumeType<Source> = {
  name: "rbd",
  defaults(source) {
    source.pool ||= "rbd";
    source.user ||= "admin";
    source.keyring ||= "/etc/ceph/keyring";
  },
  validate: (source, path) => requireFields(source, path, "monitors", "image"),
};

const cinder: VolumeType<Source> = {
  name: "cinder",
  validate: (source, path) => [...requireFields(source, path, "volumeID"), ...validateSecretRef(source, path)],
};

const HOST_PORTS_TEXT = "must be a host:port pair or multiple pairs separated by commas";
const quobyte: VolumeType<Source> = {
  name: "quobyte",
  validate(source, path) {
    const errors: FieldError[] = [];
    if (!source.registry) errors.push(required(`${path}.registry`, HOST_PORTS_TEXT));
    else if ((source.tenant ?? "").length >= 65) errors.push(required(`${path}.tenant`, "must be a UUID and may not exceed a length of 64 characters"));
    else if (!source.registry.split(",").every((pair: string) => /^(\[[^\]]*\]|[^:]*):[^:]*$/.test(pair))) {
      errors.push(invalidValue(`${path}.registry`, source.registry, HOST_PORTS_TEXT));
    }
    return [...errors, ...requireFields(source, path, "volume")];
  },
};

const fc: VolumeType<Source> = {
  name: "fc",
  validate({ targetWWNs = [], wwids = [], lun }, path) {
    const errors: FieldError[] = [];
    if (targetWWNs.length === 0 && wwids.length === 0) errors.push(required(`${path}.targetWWNs`, "must specify either targetWWNs or wwids, but not both"));
    if (targetWWNs.length > 0 && wwids.length > 0) errors.push(invalidValue(`${path}.targetWWNs`, targetWWNs, "targetWWNs and wwids can not be specified simultaneously"));
    if (targetWWNs.length > 0 && lun == null) errors.push(required(`${path}.lun`, "lun is required if targetWWNs is specified"));
    if (targetWWNs.length > 0 && (lun < 0 || lun > 255)) errors.push(invalidValue(`${path}.lun`, lun, inclusiveRange(0, 255)));
    return errors;
  },
};

const flexVolume: VolumeType<Source> = {
  name: "flexVolume",
  validate(source, path) {
    const errors = requireFields(source, path, "driver");
    for (const key of Object.keys(source.options ?? {})) {
      const namespace = `.${key.split("/", 2)[0]!.toLowerCase()}`;
      if (/\.(kubernetes|k8s)\.io$/.test(namespace)) {
        errors.push(invalidValue(`${path}.options[${key}]`, key, "kubernetes.io and k8s.io namespaces are reserved"));
      }
    }
    return errors;
  },
};

const CACHING_MODES = ["None", "ReadOnly", "ReadWrite"];
const DISK_KINDS = ["Dedicated", "Managed", "Shared"];
const MANAGED_URI = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
const BLOB_URI = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";
const azureDisk: VolumeType<Source> = {
  name: "azureDisk",
  defaults(source) {
    source.cachingMode ??= "ReadWrite";
    source.fsType ??= "ext4";
    source.readOnly ??= false;
    source.kind ??= "Shared";
  },
  validate(source, path) {
    const { kind, cachingMode, diskURI = "" } = source;
    const errors = requireFields(source, path, "diskName", "diskURI");
    if (cachingMode != null && !CACHING_MODES.includes(cachingMode)) errors.push(notSupported(`${path}.cachingMode`, cachingMode, CACHING_MODES));
    if (kind != null && !DISK_KINDS.includes(kind)) errors.push(notSupported(`${path}.kind`, kind, DISK_KINDS));
    if (kind === "Managed" && !diskURI.startsWith("/subscriptions/")) errors.push(notSupported(`${path}.diskURI`, diskURI, [MANAGED_URI]));
    if (kind != null && kind !== "Managed" && !diskURI.startsWith("https://")) errors.push(notSupported(`${path}.diskURI`, diskURI, [BLOB_URI]));
    return errors;
  },
};

const storageos: VolumeType<Source> = {
  name: "storageos",
  validate: (source, path) => [
    ...requireFields(source, path, "volumeName"),
    ...["volumeName", "volumeNamespace"].filter((name) => source[name])
      .flatMap((name) => isDns1123Label(source[name]).map((text) => invalidValue(`${path}.${name}`, source[name], text))),
    ...validateSecretRef(source, path),
  ],
};

const scaleIO: VolumeType<Source> = {
  name: "scaleIO",
  defaults(source) {
    source.storageMode ||= "ThinProvisioned";
    source.fsType ||= "xfs";
  },
  validate: (source, path) => requireFields(source, path, "gateway", "system", "volumeName"),
};

export const vendorVolumes: readonly VolumeType[] = [
  gitRepo, gcePersistentDisk, awsElasticBlockStore, needs("glusterfs", "endpoints", "path"), flocker, rbd, cinder,
  needs("cephfs", "monitors"), quobyte, fc, flexVolume, needs("azureFile", "secretName", "shareName"),
  needs("vsphereVolume", "volumePath"), needs("photonPersistentDisk", "pdID"), needs("portworxVolume", "volumeID"),
  azureDisk, storageos, scaleIO,
];
