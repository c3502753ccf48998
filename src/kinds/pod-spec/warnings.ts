/** `Warning:` headers about pods and templates: what is accepted but surely not meant. Texts are upstream's. */
import type { ObjectMeta } from "../object.ts";
import type { Container, ContainerPort, EnvVar, PodSpec, Volume } from "../types/core-v1.generated.ts";
import { eachContainer } from "./each-container.ts";
import { placementWarnings } from "./placement-warnings.ts";
import { tokenPathWarnings } from "./projected-warnings.ts";
import { isWhole } from "./quantity-checks.ts";
import { ipWarnings } from "../values/ip.ts";

/** `path` is that of metadata and spec: "" for pods, "spec.template." for workloads. */
export function podWarnings(metadata: Pick<ObjectMeta, "annotations"> | undefined, spec: PodSpec | undefined, path = ""): string[] {
  if (!spec) return [];
  const at = `${path}spec`;
  const warnings = [
    ...placementWarnings(spec, at),
    ...(spec.volumes ?? []).flatMap((volume, i) => volumeWarnings(volume, `${at}.volumes[${i}]`)),
    ...tokenPathWarnings(spec.volumes ?? [], `${at}.volumes`),
    ...repeated((spec.hostAliases ?? []).map((alias) => alias.ip ?? "")).map(([i, ip]) => `${at}.hostAliases[${i}].ip: duplicate ip "${ip}"`),
    ...(spec.hostAliases ?? []).flatMap((alias, i) => ipWarnings(`${at}.hostAliases[${i}].ip`, alias.ip ?? "")),
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((ip, i) => ipWarnings(`${at}.dnsConfig.nameservers[${i}]`, ip)),
    ...pullSecretWarnings(spec, at),
    ...fractions(spec.overhead, `${at}.overhead`),
  ];
  eachContainer(spec, at, (container, where) => warnings.push(...resourceWarnings(container, where), ...envWarnings(container.env ?? [], where)));
  if (metadata?.annotations) warnings.push(...annotationWarnings(metadata.annotations, spec, path));
  warnings.push(...portWarnings(spec, at));
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    warnings.push(`${at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`);
  }
  return warnings;
}

/** Of pods, and of PersistentVolumes where they have them. */
export const OLD_VOLUMES: Readonly<Partial<Record<keyof Volume, string>>> = {
  photonPersistentDisk: "deprecated in v1.11, non-functional in v1.16+",
  gitRepo: "deprecated in v1.11, and disabled by default in v1.33+",
  scaleIO: "deprecated in v1.16, non-functional in v1.22+",
  flocker: "deprecated in v1.22, non-functional in v1.25+",
  storageos: "deprecated in v1.22, non-functional in v1.25+",
  quobyte: "deprecated in v1.22, non-functional in v1.25+",
  glusterfs: "deprecated in v1.25, non-functional in v1.26+",
  cephfs: "deprecated in v1.28, non-functional in v1.31+",
  rbd: "deprecated in v1.28, non-functional in v1.31+",
};

/** Upstream names the field as its own type does. */
export const volumeField = (key: string): string => (key === "storageos" ? "storageOS" : key);

function volumeWarnings(volume: Volume, path: string): string[] {
  const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
  return [
    ...(Object.keys(volume) as (keyof Volume)[]).filter((key) => OLD_VOLUMES[key]).map((key) => `${path}.${volumeField(key)}: ${OLD_VOLUMES[key]}`),
    ...(["requests", "limits"] as const).flatMap((list) => {
      const storage = claim?.resources?.[list]?.storage;
      return storage === undefined ? [] : fractions({ storage }, `${path}.ephemeral.volumeClaimTemplate.spec.resources.${list}`, ["storage"]);
    }),
  ];
}

function pullSecretWarnings(spec: PodSpec, path: string): string[] {
  const names = (spec.imagePullSecrets ?? []).map((secret) => secret.name ?? "");
  return [
    ...repeated(names).map(([i, name]) => `${path}.imagePullSecrets[${i}].name: duplicate name "${name}"`),
    ...names.flatMap((name, i) => (name ? [] : [`${path}.imagePullSecrets[${i}].name: invalid empty name ""`])),
  ];
}

const resourceWarnings = ({ resources }: Container, path: string): string[] =>
  (["limits", "requests"] as const).flatMap((list) => fractions(resources?.[list], `${path}.resources.${list}`));

function fractions(list: Readonly<Record<string, string | number>> | undefined, path: string, names: readonly string[] = ["memory", "ephemeral-storage"]): string[] {
  return names.flatMap((name) => {
    const value = list?.[name];
    return value === undefined || isWhole(value as string) ? [] : [`${path}[${name}]: fractional byte value "${value}" is invalid, must be an integer`];
  });
}

/** A later variable of the same name is fine only if it builds on the earlier one. */
function envWarnings(env: readonly EnvVar[], path: string): string[] {
  return repeated(env.map((variable) => variable.name)).flatMap(([i, name]) => {
    const { value = "", valueFrom } = env[i]!;
    const reference = `$(${name})`;
    const extends_ = !valueFrom && value !== reference && value.includes(reference);
    return extends_ ? [] : [`${path}.env[${i}]: hides previous definition of "${name}", which may be dropped when using apply`];
  });
}

const OLD_ANNOTATIONS: Readonly<Record<string, string>> = {
  "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
  "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
  "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
};
const SECCOMP = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_OF = "container.seccomp.security.alpha.kubernetes.io/";
const APP_ARMOR_OF = "container.apparmor.security.beta.kubernetes.io/";

/** Annotations that fields have replaced, where the field is not there too. `prefix` is "" for pods. */
function annotationWarnings(annotations: Readonly<Record<string, string>>, spec: PodSpec, prefix: string): string[] {
  const at = `${prefix}metadata.annotations`;
  const has = (key: string) => annotations[key] !== undefined;
  const warnings = Object.keys(OLD_ANNOTATIONS).filter(has).map((key) => `${at}[${key}]: ${OLD_ANNOTATIONS[key]}`);
  const instead = (key: string, text: string, field: string) => warnings.push(`${at}[${key}]: ${text}; use the "${field}" field instead`);
  if (has(SECCOMP) && !spec.securityContext?.seccompProfile) instead(SECCOMP, "non-functional in v1.27+", "seccompProfile");
  eachContainer(spec, "", ({ name, securityContext }) => {
    if (has(SECCOMP_OF + name) && !securityContext?.seccompProfile) instead(SECCOMP_OF + name, "non-functional in v1.27+", "seccompProfile");
    const hasAppArmor = spec.securityContext?.appArmorProfile ?? securityContext?.appArmorProfile;
    if (prefix !== "" && has(APP_ARMOR_OF + name) && !hasAppArmor) instead(APP_ARMOR_OF + name, "deprecated since v1.30", "appArmorProfile");
  });
  return warnings;
}

function portWarnings(spec: PodSpec, path: string): string[] {
  const warnings: string[] = [];
  const seen = new Map<string, { at: string; port: ContainerPort }[]>();
  const names = new Map<string, string>();
  eachContainer(spec, path, (container, where) => container.ports?.forEach((port, i) => {
    const at = `${where}.ports[${i}]`;
    if (port.hostIP && !port.hostPort) warnings.push(`${at}: hostIP set without hostPort: ${inGo(port)}`);
    const key = `${port.containerPort}/${port.protocol}`;
    for (const other of seen.get(key) ?? []) {
      const conflict = conflictOf(port, other.port);
      if (conflict) warnings.push(`${at}: ${conflict} port definition with ${other.at}`);
    }
    seen.set(key, [...(seen.get(key) ?? []), { at, port }]);
    const other = port.name && names.get(port.name);
    if (other) warnings.push(`${at}: duplicate port name "${port.name}" with ${other}, services and probes that select ports by name will use ${other}`);
    else if (port.name) names.set(port.name, at);
  }));
  return warnings;
}

/** As Go prints the structure. */
const inGo = ({ name = "", hostPort = 0, containerPort, protocol = "TCP", hostIP = "" }: ContainerPort): string =>
  `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;

function conflictOf(a: ContainerPort, b: ContainerPort): string | undefined {
  const [aPort, bPort, aIp, bIp] = [a.hostPort ?? 0, b.hostPort ?? 0, a.hostIP ?? "", b.hostIP ?? ""];
  if (aPort === bPort && aIp === bIp) return "duplicate";
  if (aPort === 0 || bPort === 0) return "overlapping";
  return aPort === bPort && (aIp === "") !== (bIp === "") ? "dangerously ambiguous" : undefined;
}

/** Later occurrences, with their places. */
function repeated(names: readonly string[]): [i: number, name: string][] {
  if (names.length < 2) return [];
  return names.flatMap((name, i): [number, string][] => (names.indexOf(name) < i ? [[i, name]] : []));
}
