/** A container's environment: services first, then envFrom, then env in order, each able to refer to those before it. */
import type { EnvVar } from "../../../src/kinds/types/core-v1.generated.ts";
import type { PodEnvironment } from "../environment.ts";
import type { DataObject, NamedContainer, Pod } from "../types.ts";
import { fieldValue, resourceValue, type PodAddresses } from "./downward.ts";
import { expandVariables } from "./expansion.ts";
import { serviceVariables } from "./service-variables.ts";

/** The pod cannot start as it is written: shown as CreateContainerConfigError and tried again. */
export class ConfigError extends Error {}

export async function environmentVariables(pod: Pod, container: NamedContainer, env: PodEnvironment, addresses: PodAddresses): Promise<Map<string, string>> {
  await env.services.ready();
  const services = serviceVariables(env.services.list(), pod.metadata.namespace, pod.spec.enableServiceLinks ?? true);
  const result = new Map<string, string>();
  for (const source of container.envFrom ?? []) await addAll(pod, source, env, result);
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom
      ? await valueFrom(pod, container, variable, env, addresses)
      : expandVariables(variable.value ?? "", (name) => result.get(name) ?? services.get(name));
    if (value !== undefined) result.set(variable.name, value);
  }
  for (const [name, value] of services) if (!result.has(name)) result.set(name, value);
  return result;
}

async function addAll(pod: Pod, source: NonNullable<NamedContainer["envFrom"]>[number], env: PodEnvironment, into: Map<string, string>): Promise<void> {
  const [resource, ref] = source.configMapRef ? ["configmaps", source.configMapRef] as const : ["secrets", source.secretRef ?? {}] as const;
  const object = await fetchObject(pod, resource, ref.name ?? "", ref.optional ?? false, env);
  for (const [key, value] of Object.entries(plainData(object, resource))) if (isVariableName(key)) into.set(`${source.prefix ?? ""}${key}`, value);
}

/** Upstream relaxed names to any printable ASCII without "=". */
const isVariableName = (name: string): boolean => /^[\x20-\x3c\x3e-\x7e]+$/.test(name);

async function valueFrom(pod: Pod, container: NamedContainer, variable: EnvVar, env: PodEnvironment, addresses: PodAddresses): Promise<string | undefined> {
  const from = variable.valueFrom!;
  if (from.fieldRef) return fieldValue(pod, from.fieldRef.fieldPath ?? "", addresses);
  if (from.resourceFieldRef) return resourceValue(pod, container, from.resourceFieldRef, env.node.allocatable());
  const [resource, ref] = from.configMapKeyRef ? ["configmaps", from.configMapKeyRef] as const : ["secrets", from.secretKeyRef] as const;
  if (!ref) return undefined;
  const object = await fetchObject(pod, resource, ref.name ?? "", ref.optional ?? false, env);
  if (!object) return undefined;
  const value = plainData(object, resource)[ref.key ?? ""];
  if (value !== undefined || ref.optional) return value;
  throw new ConfigError(`couldn't find key ${ref.key} in ${resource === "configmaps" ? "ConfigMap" : "Secret"} ${pod.metadata.namespace}/${ref.name}`);
}

async function fetchObject(pod: Pod, resource: "configmaps" | "secrets", name: string, optional: boolean, env: PodEnvironment): Promise<DataObject | undefined> {
  const object = await env.objects.get(pod, resource, name).catch((error: Error) => { throw new ConfigError(error.message); });
  if (!object && !optional) throw new ConfigError(`${resource === "configmaps" ? "configmap" : "secret"} "${name}" not found`);
  return object;
}

function plainData(object: DataObject | undefined, resource: "configmaps" | "secrets"): Record<string, string> {
  if (resource === "configmaps") return object?.data ?? {};
  return Object.fromEntries(Object.entries(object?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
}
