import { type FieldError, forbiddenField, invalidValue, notFoundValue, notSupported, required } from "../../lib/field-error.ts";
import type { Container, Volume, VolumeDevice, VolumeMount } from "../types/core-v1.generated.ts";
import { validateLocalDescendingPath } from "./volumes/paths.ts";

export type VolumesByName = ReadonlyMap<string, Volume>;

export function validateVolumeMounts(container: Container, volumes: VolumesByName, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const paths = new Set<string>();
  const devices = container.volumeDevices ?? [];
  container.volumeMounts?.forEach((mount, i) => {
    const at = `${path}[${i}]`;
    const mountPath = mount.mountPath ?? "";
    if (!mount.name) errors.push(required(`${at}.name`));
    if (!volumes.has(mount.name ?? "")) errors.push(notFoundValue(`${at}.name`, mount.name ?? ""));
    if (!mountPath) errors.push(required(`${at}.mountPath`));
    if (paths.has(mountPath)) errors.push(invalidValue(`${at}.mountPath`, mountPath, "must be unique"));
    paths.add(mountPath);
    if (devices.some((d) => d.name === mount.name)) errors.push(invalidValue(`${at}.name`, mount.name, "must not already exist in volumeDevices"));
    if (devices.some((d) => d.devicePath === mountPath)) errors.push(invalidValue(`${at}.mountPath`, mountPath, "must not already exist as a path in volumeDevices"));
    errors.push(...validateMountDetails(mount, container, path, at));
  });
  return errors;
}

/** Upstream reports most of these at the list's path, without the index. */
function validateMountDetails(mount: VolumeMount, container: Container, path: string, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (mount.subPath) errors.push(...validateLocalDescendingPath(mount.subPath, `${path}.subPath`));
  if (mount.subPathExpr) {
    if (mount.subPath) errors.push(invalidValue(`${at}.subPathExpr`, mount.subPathExpr, "subPathExpr and subPath are mutually exclusive"));
    errors.push(...validateLocalDescendingPath(mount.subPathExpr, `${path}.subPathExpr`));
  }
  if (mount.mountPropagation != null) errors.push(...validatePropagation(mount.mountPropagation, container, `${path}.mountPropagation`));
  if (mount.recursiveReadOnly != null) errors.push(...validateRecursiveReadOnly(mount, `${path}.recursiveReadOnly`));
  return errors;
}

const PROPAGATIONS = ["Bidirectional", "HostToContainer", "None"];

function validatePropagation(mode: string, container: Container, path: string): FieldError[] {
  if (!PROPAGATIONS.includes(mode)) return [notSupported(path, mode, PROPAGATIONS)];
  if (mode !== "Bidirectional" || container.securityContext?.privileged) return [];
  return [forbiddenField(path, "Bidirectional mount propagation is available only to privileged containers")];
}

const RECURSIVE_READ_ONLY = ["Disabled", "Enabled", "IfPossible"];

function validateRecursiveReadOnly(mount: VolumeMount, path: string): FieldError[] {
  const mode = mount.recursiveReadOnly!;
  if (!RECURSIVE_READ_ONLY.includes(mode)) return [notSupported(path, mode, RECURSIVE_READ_ONLY)];
  if (mode === "Disabled") return [];
  return [
    ...(mount.readOnly ? [] : [forbiddenField(path, "may only be specified when readOnly is true")]),
    ...(mount.mountPropagation == null || mount.mountPropagation === "None" ? []
      : [forbiddenField(path, "may only be specified when mountPropagation is None or not specified")]),
  ];
}

export function validateVolumeDevices(container: Container, volumes: VolumesByName, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  const paths = new Set<string>();
  const mounts = container.volumeMounts ?? [];
  container.volumeDevices?.forEach((device: VolumeDevice, i) => {
    const at = `${path}[${i}]`;
    const { name = "", devicePath = "" } = device;
    const volume = volumes.get(name);
    if (!name) errors.push(required(`${at}.name`));
    if (names.has(name)) errors.push(invalidValue(`${at}.name`, name, "must be unique"));
    if (!volume) errors.push(notFoundValue(`${at}.name`, name));
    else if (!volume.persistentVolumeClaim && !volume.ephemeral) errors.push(invalidValue(`${at}.name`, name, "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"));
    if (!devicePath) errors.push(required(`${at}.devicePath`));
    if (paths.has(devicePath)) errors.push(invalidValue(`${at}.devicePath`, devicePath, "must be unique"));
    if (devicePath.split("/").includes("..")) errors.push(invalidValue(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')"));
    else paths.add(devicePath);
    if (mounts.some((m) => m.name === name)) errors.push(invalidValue(`${at}.name`, name, "must not already exist in volumeMounts"));
    if (mounts.some((m) => m.mountPath === devicePath)) errors.push(invalidValue(`${at}.devicePath`, devicePath, "must not already exist as a path in volumeMounts"));
    if (name) names.add(name);
  });
  return errors;
}
