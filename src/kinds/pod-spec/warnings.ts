/** `Warning:` headers about pods and templates: what is accepted but surely not meant. Texts are upstream's. */
import type { ObjectMeta } from "../object.ts";
import type { Container, ContainerPort, EnvVar, PodSpec, Volume } from "../types/core-v1.generated.ts";
import { eachContainer } from "./each-container.ts";
import { isWhole } from "./quantity-checks.ts";

/** `path` is that of metadata and spec: "" for pods, "spec.template." for workloads. */
export function podWarnings(metadata: Pick<ObjectMeta, "annotations"> | undefined, spec: PodSpec | undefined, path = ""): string[] {
  if (!spec) return [];
  const at = `${path}spec`;
  const warnings = [
    ...placementWarnings(spec, at),
    ...(spec.volumes ?? []).flatMap((volume, i) => volumeWarnings(volume, `${at}.volumes[${i}]`)),
    ...repeated((spec.hostAliases ?? []).map((alias) => alias.ip ?? "")).map(([i, ip]) => `${at}.hostAliases[${i}].ip: duplicate ip "${ip}"`),
    ...pullSecretWarnings(spec, at),
  ];
  eachContainer(spec, at, (container, where) => warnings.push(...resourceWarnings(container, where), ...envWarnings(container.env ?? [], where)));
  if (metadata?.annotations) warnings.push(...annotationWarnings(metadata.annotations, `${path}metadata.annotations`));
  warnings.push(...portWarnings(spec, at));
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    warnings.push(`${at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`);
  }
  return warnings;
}

const OLD_LABELS: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
};

const NO_SELECTOR = "a null labelSelector results in matching no pod";

function placementWarnings(spec: PodSpec, path: string): string[] {
  const warnings = Object.keys(spec.nodeSelector ?? {}).filter((key) => OLD_LABELS[key]).map((key) => `${path}.nodeSelector[${key}]: ${OLD_LABELS[key]}`);
  spec.topologySpreadConstraints?.forEach(({ topologyKey, labelSelector }, i) => {
    const at = `${path}.topologySpreadConstraints[${i}]`;
    if (OLD_LABELS[topologyKey]) warnings.push(`${at}.topologyKey: ${topologyKey} is ${OLD_LABELS[topologyKey]}`);
    if (!labelSelector) warnings.push(`${at}.labelSelector: ${NO_SELECTOR}`);
  });
  for (const field of ["podAffinity", "podAntiAffinity"] as const) {
    const at = `${path}.affinity.${field}`;
    spec.affinity?.[field]?.requiredDuringSchedulingIgnoredDuringExecution?.forEach((term, i) => {
      if (!term.labelSelector) warnings.push(`${at}.requiredDuringSchedulingIgnoredDuringExecution[${i}].labelSelector: ${NO_SELECTOR}`);
    });
    spec.affinity?.[field]?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ podAffinityTerm }, i) => {
      if (!podAffinityTerm?.labelSelector) warnings.push(`${at}.preferredDuringSchedulingIgnoredDuringExecution[${i}].podAffinityTerm.labelSelector: ${NO_SELECTOR}`);
    });
  }
  return warnings;
}

const OLD_VOLUMES: Readonly<Partial<Record<keyof Volume, string>>> = {
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

const volumeWarnings = (volume: Volume, path: string): string[] =>
  (Object.keys(volume) as (keyof Volume)[]).filter((key) => OLD_VOLUMES[key])
    .map((key) => `${path}.${key === "storageos" ? "storageOS" : key}: ${OLD_VOLUMES[key]}`);

function pullSecretWarnings(spec: PodSpec, path: string): string[] {
  const names = (spec.imagePullSecrets ?? []).map((secret) => secret.name ?? "");
  return [
    ...repeated(names).map(([i, name]) => `${path}.imagePullSecrets[${i}].name: duplicate name "${name}"`),
    ...names.flatMap((name, i) => (name ? [] : [`${path}.imagePullSecrets[${i}].name: invalid empty name ""`])),
  ];
}

function resourceWarnings({ resources }: Container, path: string): string[] {
  const warnings: string[] = [];
  for (const list of ["limits", "requests"] as const) {
    for (const name of ["memory", "ephemeral-storage"]) {
      const text = resources?.[list]?.[name];
      if (text !== undefined && !isWhole(text)) warnings.push(`${path}.resources.${list}[${name}]: fractional byte value "${text}" is invalid, must be an integer`);
    }
  }
  return warnings;
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
  "seccomp.security.alpha.kubernetes.io/pod": 'non-functional in v1.27+; use the "seccompProfile" field instead',
};

const annotationWarnings = (annotations: Readonly<Record<string, string>>, path: string): string[] =>
  Object.keys(annotations).filter((key) => OLD_ANNOTATIONS[key]).map((key) => `${path}[${key}]: ${OLD_ANNOTATIONS[key]}`);

function portWarnings(spec: PodSpec, path: string): string[] {
  const warnings: string[] = [];
  const seen = new Map<string, { at: string; port: ContainerPort }[]>();
  const names = new Map<string, string>();
  eachContainer(spec, path, (container, where) => container.ports?.forEach((port, i) => {
    const at = `${where}.ports[${i}]`;
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
