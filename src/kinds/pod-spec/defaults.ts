/**
 * Defaults of a pod's specification, in pods and in templates, as upstream's pkg/apis/core/v1/defaults.go has them.
 * `defaultPodSpec` is for both; `defaultPodOnly` adds what upstream fills in on a Pod but not in a template, so that
 * templates stay comparable with what their author wrote. Both are idempotent.
 */
import { defaultPullPolicy } from "./image-reference.ts";
import { defaultPodLevelResources } from "./pod-level-resources.ts";
import { roundUpToMilli } from "./quantity-checks.ts";
import type { Container, EnvVar, HTTPGetAction, PodSpec, PodTemplateSpec, Probe, Volume } from "../types/core-v1.generated.ts";
import { volumeTypesByName } from "./volumes/index.ts";

export function defaultPodTemplate(template: PodTemplateSpec): void {
  template.metadata ??= {};
  template.spec ??= { containers: [] };
  defaultPodSpec(template.spec);
}

export function defaultPodSpec(spec: PodSpec): void {
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.containers ?? []) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
  spec.restartPolicy ||= "Always";
  spec.terminationGracePeriodSeconds ??= 30;
  spec.dnsPolicy ||= "ClusterFirst";
  spec.securityContext ??= {};
  spec.schedulerName ||= "default-scheduler";
  defaultServiceAccount(spec);
  if (spec.overhead) defaultResourceList(spec.overhead);
  if (spec.resources) defaultResources(spec.resources);
}

export function defaultPodOnly(spec: PodSpec): void {
  for (const container of spec.containers ?? []) defaultRequests(container);
  for (const container of spec.initContainers ?? []) defaultRequests(container);
  if (spec.resources) defaultPodLevelResources(spec);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork) defaultHostPorts([...(spec.containers ?? []), ...(spec.initContainers ?? [])]);
}

function defaultVolume(volume: Volume): void {
  let typed = false;
  for (const key in volume) {
    const source = volume[key as keyof Volume];
    if (key === "name" || source == null) continue;
    typed = true;
    volumeTypesByName.get(key)?.defaults?.(source);
  }
  if (!typed) volume.emptyDir = {};
}

function defaultContainer(container: Container): void {
  container.imagePullPolicy ||= defaultPullPolicy(container.image ?? "");
  container.terminationMessagePath ||= "/dev/termination-log";
  container.terminationMessagePolicy ||= "File";
  container.resources ??= {};
  defaultResources(container.resources);
  for (const port of container.ports ?? []) port.protocol ||= "TCP";
  for (const variable of container.env ?? []) if (variable.valueFrom) defaultEnvSource(variable.valueFrom);
  if (container.livenessProbe) defaultProbe(container.livenessProbe);
  if (container.readinessProbe) defaultProbe(container.readinessProbe);
  if (container.startupProbe) defaultProbe(container.startupProbe);
  if (container.lifecycle?.postStart?.httpGet) defaultHttpGet(container.lifecycle.postStart.httpGet);
  if (container.lifecycle?.preStop?.httpGet) defaultHttpGet(container.lifecycle.preStop.httpGet);
}

function defaultEnvSource(source: NonNullable<EnvVar["valueFrom"]>): void {
  if (source.fieldRef) source.fieldRef.apiVersion ||= "v1";
  // A quantity without omitempty semantics: Go serves the absent divisor as "0".
  if (source.resourceFieldRef) source.resourceFieldRef.divisor ||= "0";
  if (source.fileKeyRef) source.fileKeyRef.optional ??= false;
}

function defaultProbe(probe: Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.httpGet) defaultHttpGet(probe.httpGet);
  if (probe.grpc) probe.grpc.service ??= "";
}

function defaultHttpGet(get: HTTPGetAction): void {
  get.path ||= "/";
  get.scheme ||= "HTTP";
}

function defaultResources(resources: { limits?: Record<string, string>; requests?: Record<string, string> }): void {
  if (resources.limits) defaultResourceList(resources.limits);
  if (resources.requests) defaultResourceList(resources.requests);
}

/** Finer than a thousandth is rounded up, which upstream keeps for compatibility. */
export function defaultResourceList(list: Record<string, string>): void {
  for (const name in list) list[name] = roundUpToMilli(list[name]!);
}

function defaultRequests({ resources }: Container): void {
  if (!resources?.limits) return;
  resources.requests ??= {};
  for (const name in resources.limits) resources.requests[name] ??= resources.limits[name]!;
}

/** The deprecated field shadows the new one, as upstream's conversion has it. */
function defaultServiceAccount(spec: PodSpec): void {
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  else if (spec.serviceAccount) spec.serviceAccountName = spec.serviceAccount;
}

function defaultHostPorts(containers: readonly Container[]): void {
  for (const { ports } of containers) {
    for (const port of ports ?? []) if (!port.hostPort && port.containerPort) port.hostPort = port.containerPort;
  }
}
