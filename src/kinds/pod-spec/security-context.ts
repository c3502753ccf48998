import { type FieldError, duplicate, invalidValue, notSupported, required, tooLong } from "../../lib/field-error.ts";
import type { AppArmorProfile, PodSpec, SeccompProfile, SecurityContext, Sysctl } from "../types/core-v1.generated.ts";
import { isGroupId, isUserId } from "../values/names.ts";
import { validateLocalDescendingPath } from "./volumes/paths.ts";
import { validateWindowsOptions } from "./windows-options.ts";

const PROC_MOUNTS = ["Default", "Unmasked"];
const PROFILE_TYPES = ["Localhost", "RuntimeDefault", "Unconfined"];
const PATH_BYTES_MAX = 4095;

const validateUser = (id: number | undefined, path: string): FieldError[] =>
  id == null ? [] : isUserId(id).map((text) => invalidValue(path, id, text));
const validateGroup = (id: number | undefined, path: string): FieldError[] =>
  id == null ? [] : isGroupId(id).map((text) => invalidValue(path, id, text));
const validateOneOf = (value: string | undefined, supported: readonly string[], path: string): FieldError[] =>
  value == null || supported.includes(value) ? [] : [notSupported(path, value, supported)];

/** A container's; `hostUsers` false: the pod has users of its own, which allows more. */
export function validateSecurityContext(context: SecurityContext | undefined, hostUsers: boolean, path: string): FieldError[] {
  if (!context) return [];
  const errors = [
    ...validateUser(context.runAsUser, `${path}.runAsUser`),
    ...validateGroup(context.runAsGroup, `${path}.runAsGroup`),
    ...validateOneOf(context.procMount, PROC_MOUNTS, `${path}.procMount`),
  ];
  if (hostUsers && context.procMount === "Unmasked") errors.push(invalidValue(`${path}.procMount`, context.procMount, "`hostUsers` must be false to use `Unmasked`"));
  errors.push(...validateSeccomp(context.seccompProfile, `${path}.seccompProfile`));
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged) errors.push(invalidValue(path, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"));
    if (context.capabilities?.add?.includes("CAP_SYS_ADMIN")) {
      errors.push(invalidValue(path, context, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"));
    }
  }
  errors.push(...validateWindowsOptions(context.windowsOptions, `${path}.windowsOptions`));
  return errors.concat(validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`));
}

export function validatePodSecurityContext(spec: PodSpec, path: string): FieldError[] {
  const context = spec.securityContext;
  const errors: FieldError[] = [];
  if (spec.shareProcessNamespace && spec.hostPID) {
    errors.push(invalidValue(`${path}.shareProcessNamespace`, true, "ShareProcessNamespace and HostPID cannot both be enabled"));
  }
  if (!context) return errors;
  errors.push(
    ...validateGroup(context.fsGroup, `${path}.fsGroup`),
    ...validateUser(context.runAsUser, `${path}.runAsUser`),
    ...validateGroup(context.runAsGroup, `${path}.runAsGroup`),
    ...(context.supplementalGroups ?? []).flatMap((id, i) => validateGroup(id, `${path}.supplementalGroups[${i}]`)),
    ...validateSysctls(context.sysctls ?? [], spec, `${path}.sysctls`),
    ...validateOneOf(context.fsGroupChangePolicy, ["Always", "OnRootMismatch"], `${path}.fsGroupChangePolicy`),
    ...validateSeccomp(context.seccompProfile, `${path}.seccompProfile`),
    ...validateWindowsOptions(context.windowsOptions, `${path}.windowsOptions`),
    ...validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`),
    ...validateOneOf(context.supplementalGroupsPolicy, ["Merge", "Strict"], `${path}.supplementalGroupsPolicy`),
    ...validateOneOf(context.seLinuxChangePolicy, ["MountOption", "Recursive"], `${path}.seLinuxChangePolicy`),
  );
  return errors;
}

function validateSeccomp(profile: SeccompProfile | undefined, path: string): FieldError[] {
  if (!profile) return [];
  const errors: FieldError[] = [];
  if (!profile.type) errors.push(required(`${path}.type`, "type is required when seccompProfile is set"));
  else errors.push(...validateOneOf(profile.type, PROFILE_TYPES, `${path}.type`));
  const file = profile.localhostProfile;
  if (profile.type !== "Localhost") {
    if (file != null) errors.push(invalidValue(`${path}.localhostProfile`, profile, "can only be set when seccomp type is Localhost"));
  } else if (file == null) errors.push(required(`${path}.localhostProfile`, "must be set when seccomp type is Localhost"));
  else errors.push(...validateLocalDescendingPath(file, `${path}.localhostProfile`));
  return errors;
}

function validateAppArmor(profile: AppArmorProfile | undefined, path: string): FieldError[] {
  if (!profile) return [];
  if (!profile.type) return [required(`${path}.type`, "type is required when appArmorProfile is set")];
  if (!PROFILE_TYPES.includes(profile.type)) return [notSupported(`${path}.type`, profile.type, PROFILE_TYPES)];
  const name = profile.localhostProfile;
  const at = `${path}.localhostProfile`;
  if (profile.type !== "Localhost") return name == null ? [] : [invalidValue(at, name, "can only be set when AppArmor type is Localhost")];
  if (!name) return [required(at, "must be set when AppArmor type is Localhost")];
  const errors = name.trim() === name ? [] : [invalidValue(at, name, "must not be padded with whitespace")];
  return name.length > PATH_BYTES_MAX ? [...errors, tooLong(at, PATH_BYTES_MAX)] : errors;
}

const SYSCTL_PATTERN = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
const SYSCTL_LENGTH_MAX = 253;
const SYSCTL = new RegExp(SYSCTL_PATTERN);

function validateSysctls(sysctls: readonly Sysctl[], spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  sysctls.forEach(({ name = "" }, i) => {
    const at = `${path}[${i}].name`;
    if (!name) errors.push(required(at));
    else if (name.length > SYSCTL_LENGTH_MAX || !SYSCTL.test(name)) {
      errors.push(invalidValue(at, name, `must have at most ${SYSCTL_LENGTH_MAX} characters and match regex ${SYSCTL_PATTERN}`));
    } else if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
    const namespace = namespaceOfSysctl(name.replaceAll("/", "."));
    if (spec.hostNetwork && namespace === "net") errors.push(invalidValue(at, name, "may not be specified when 'hostNetwork' is true"));
    if (spec.hostIPC && namespace === "ipc") errors.push(invalidValue(at, name, "may not be specified when 'hostIPC' is true"));
  });
  return errors;
}

function namespaceOfSysctl(name: string): "net" | "ipc" | undefined {
  if (name.startsWith("net.")) return "net";
  return name === "kernel.sem" || /^(kernel\.shm|kernel\.msg|fs\.mqueue\.)/.test(name) ? "ipc" : undefined;
}
