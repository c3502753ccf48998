import { type FieldError, forbiddenField, invalidValue } from "../../lib/field-error.ts";
import { check } from "../field-checks.ts";
import type { PodSpec, WindowsSecurityContextOptions } from "../types/core-v1.generated.ts";
import { isDns1123Subdomain } from "../values/names.ts";
import { eachContainer } from "./each-container.ts";

const SPEC_KIB_MAX = 64;
const DOMAIN_LENGTH_MAX = 256;
const USER_LENGTH_MAX = 104;

export function validateWindowsOptions(options: WindowsSecurityContextOptions | undefined, path: string): FieldError[] {
  if (!options) return [];
  const { gmsaCredentialSpecName: specName, gmsaCredentialSpec: spec, runAsUserName: user } = options;
  const errors: FieldError[] = [];
  if (specName != null) errors.push(...check(`${path}.gmsaCredentialSpecName`, specName, isDns1123Subdomain));
  if (spec === "") errors.push(invalidValue(`${path}.gmsaCredentialSpec`, spec, "gmsaCredentialSpec cannot be an empty string"));
  else if (spec != null && spec.length > SPEC_KIB_MAX * 1024) {
    errors.push(invalidValue(`${path}.gmsaCredentialSpec`, spec, `gmsaCredentialSpec size must be under ${SPEC_KIB_MAX} KiB`));
  }
  if (user != null) errors.push(...check(`${path}.runAsUserName`, user, windowsUserTexts));
  return errors;
}

/** `DOMAIN\user` or `user`. */
function windowsUserTexts(name: string): string[] {
  if (name === "") return ["runAsUserName cannot be an empty string"];
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\0-\x1f\x7f]/.test(name)) return ["runAsUserName cannot contain control characters"];
  const parts = name.split("\\");
  if (parts.length > 2) return ["runAsUserName cannot contain more than one backslash"];
  const domain = parts.length === 2 ? parts[0]! : undefined;
  return [...(domain === undefined ? [] : domainTexts(domain)), ...userTexts(parts.at(-1)!)];
}

const NET_BIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_NAME = /^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

function domainTexts(domain: string): string[] {
  if (domain.length >= DOMAIN_LENGTH_MAX) return [`runAsUserName's Domain length must be under ${DOMAIN_LENGTH_MAX} characters`];
  return NET_BIOS.test(domain) || DNS_NAME.test(domain) ? [] : ["runAsUserName's Domain doesn't match the NetBios nor the DNS format"];
}

function userTexts(user: string): string[] {
  const texts: string[] = [];
  if (user === "") texts.push("runAsUserName's User cannot be empty");
  else if (user.length > USER_LENGTH_MAX) texts.push(`runAsUserName's User length must not be longer than ${USER_LENGTH_MAX} characters`);
  if (/^[. ]+$/.test(user)) texts.push("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) texts.push(`runAsUserName's User cannot contain the following characters: "/\\:;|=,+*?<>@[]`);
  return texts;
}

/** hostProcess holds for all containers of a pod or for none. */
export function validateHostProcess(spec: PodSpec, path: string): FieldError[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const errors: FieldError[] = [];
  let [count, hostProcesses] = [0, 0];
  eachContainer(spec, path, (container, at) => {
    const own = container.securityContext?.windowsOptions?.hostProcess;
    count++;
    if (own ?? ofPod) hostProcesses++;
    if (ofPod == null || own == null || ofPod === own) return;
    errors.push(invalidValue(`${at}.securityContext.windowsOptions.hostProcess`, own, `pod hostProcess value must be identical if both are specified, was ${ofPod}`));
  });
  if (hostProcesses === 0) return errors;
  if (hostProcesses !== count) errors.push(invalidValue(path, "", "If pod contains any hostProcess containers then all containers must be HostProcess containers"));
  if (!spec.hostNetwork) errors.push(invalidValue(`${path}.hostNetwork`, false, "hostNetwork must be true if pod contains any hostProcess containers"));
  return errors;
}

const REFUSED_OF_POD = [
  "appArmorProfile", "seLinuxOptions", "seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls", "runAsUser", "runAsGroup",
  "supplementalGroups", "supplementalGroupsPolicy", "seLinuxChangePolicy",
] as const;
const REFUSED_OF_SPEC = ["hostUsers", "shareProcessNamespace"] as const;
const REFUSED_OF_CONTAINER = [
  "appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem", "privileged",
  "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup",
] as const;

/** spec.os says which half of the security contexts may be used. */
export function validateOperatingSystem(spec: PodSpec, path: string): FieldError[] {
  return spec.os?.name === "windows" ? validateWindows(spec, path) : validateLinux(spec, path);
}

function validateWindows(spec: PodSpec, path: string): FieldError[] {
  const refused = (at: string) => forbiddenField(at, "cannot be set for a windows pod");
  const errors = REFUSED_OF_POD.filter((field) => spec.securityContext?.[field] != null).map((field) => refused(`${path}.securityContext.${field}`));
  errors.push(...REFUSED_OF_SPEC.filter((field) => spec[field] != null).map((field) => refused(`${path}.${field}`)));
  if (spec.hostPID) errors.push(refused(`${path}.hostPID`));
  if (spec.hostIPC) errors.push(refused(`${path}.hostIPC`));
  eachContainer(spec, path, ({ securityContext }, at) => {
    errors.push(...REFUSED_OF_CONTAINER.filter((field) => securityContext?.[field] != null).map((field) => refused(`${at}.securityContext.${field}`)));
  });
  return errors;
}

function validateLinux(spec: PodSpec, path: string): FieldError[] {
  const refused = (at: string) => forbiddenField(`${at}.securityContext.windowsOptions`, "windows options cannot be set for a linux pod");
  const errors = spec.securityContext?.windowsOptions ? [refused(path)] : [];
  eachContainer(spec, path, ({ securityContext }, at) => {
    if (securityContext?.windowsOptions) errors.push(refused(at));
  });
  return errors;
}
