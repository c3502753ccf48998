import { duplicate, type FieldError, forbiddenField, invalidValue } from "../../../lib/field-error.ts";
import { check, immutable } from "../../field-checks.ts";
import { isSidecar } from "../../pod-spec/effective-resources.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { Container, ContainerStatus, Pod, PodResourceClaimStatus, PodSpec } from "../../types/core-v1.generated.ts";
import { isIpLegacy, parseIp } from "../../values/ip.ts";
import { isDns1123Subdomain, isQualifiedName } from "../../values/names.ts";
import { validateAnnotationChanges } from "./annotations.ts";

/** Where the agent reports. The QoS class stays what it was at creation. */
export const status = statusSubresource<Pod>({
  prepare(obj, old) {
    restore(obj.metadata, old.metadata, "ownerReferences");
    obj.status ??= {};
    if (!obj.status.qosClass && old.status?.qosClass) obj.status.qosClass = old.status.qosClass;
    keepObservedGenerations(obj, old);
  },
  validateUpdate: validateStatusUpdate,
});

/** Writers that do not know of observedGeneration must not take it away. */
function keepObservedGenerations({ status }: Pod, old: Pod): void {
  if (!status!.observedGeneration && old.status?.observedGeneration) status!.observedGeneration = old.status.observedGeneration;
  for (const condition of status!.conditions ?? []) {
    if (condition.observedGeneration) continue;
    const before = old.status?.conditions?.find((c) => c.type === condition.type)?.observedGeneration;
    if (before) condition.observedGeneration = before;
  }
}

function validateStatusUpdate(obj: Pod, old: Pod): FieldError[] {
  const [now, before, spec] = [obj.status ?? {}, old.status ?? {}, old.spec!];
  return [
    ...(obj.metadata.annotations || old.metadata.annotations ? validateAnnotationChanges(obj, old) : []),
    ...(now.conditions ?? []).flatMap((condition, i) => validateCondition(condition, `status.conditions[${i}]`)),
    ...validateNomination(obj, old),
    ...((now.observedGeneration ?? 0) < 0 ? [invalidValue("status.observedGeneration", now.observedGeneration, "must be a non-negative integer")] : []),
    ...immutable("status.qosClass", now.qosClass, before.qosClass),
    ...validateTransitions(now.containerStatuses, before.containerStatuses, "status.containerStatuses", (name, code) => mayRestart(spec.containers, name, spec, code)),
    ...validateTransitions(now.initContainerStatuses, before.initContainerStatuses, "status.initContainerStatuses", (name, code) => mayRestart(spec.initContainers ?? [], name, spec, code)),
    ...validateTransitions(now.ephemeralContainerStatuses, before.ephemeralContainerStatuses, "status.ephemeralContainerStatuses", () => false),
    ...validateClaims(now.resourceClaimStatuses ?? [], spec),
    ...validateAddresses(now.podIPs, "status.podIPs"),
    ...(now.hostIPs?.length && now.hostIP !== now.hostIPs[0]!.ip ? [invalidValue("status.hostIPs[0].ip", now.hostIPs[0]!.ip ?? "", "must be equal to `hostIP`")] : []),
    ...validateAddresses(now.hostIPs, "status.hostIPs"),
  ];
}

const SYSTEM_CONDITIONS = new Set(["PodScheduled", "Ready", "Initialized"]);

function validateCondition({ type = "", observedGeneration = 0 }: { type?: string; observedGeneration?: number }, path: string): FieldError[] {
  const errors = observedGeneration < 0 ? [invalidValue(`${path}.observedGeneration`, observedGeneration, "must be a non-negative integer")] : [];
  return SYSTEM_CONDITIONS.has(type) ? errors : [...errors, ...check(`${path}.Type`, type, isQualifiedName)];
}

function validateNomination(obj: Pod, old: Pod): FieldError[] {
  const name = obj.status?.nominatedNodeName;
  if (!name || name === old.status?.nominatedNodeName) return [];
  const errors = check("status.nominatedNodeName", name, isDns1123Subdomain);
  if (old.spec?.nodeName) errors.push(forbiddenField("status.nominatedNodeName", "may not be set on pods that are already bound to a node"));
  return errors;
}

/** A container that has ended for good stays ended. */
function validateTransitions(
  now: readonly ContainerStatus[] | undefined, before: readonly ContainerStatus[] | undefined, path: string,
  mayRun: (name: string, exitCode: number) => boolean,
): FieldError[] {
  if (!before) return [];
  return before.flatMap((old, i) => {
    const ended = old.state?.terminated;
    if (!ended) return [];
    const next = now?.find((status) => status.name === old.name);
    if (!next || next.state?.terminated || mayRun(old.name, ended.exitCode ?? 0)) return [];
    return [forbiddenField(`${path}[${i}].state`, "may not be transitioned to non-terminated state")];
  });
}

/** By the container's own policy and rules, else by the pod's. */
function mayRestart(containers: readonly Container[], name: string, spec: PodSpec, exitCode: number): boolean {
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  if (all.some((c) => c.restartPolicyRules?.some((rule) => rule.action === "RestartAllContainers"))) return true;
  const container = containers.find((c) => c.name === name);
  if (!container) return false;
  const rule = container.restartPolicyRules?.find(({ exitCodes }) =>
    exitCodes && (exitCodes.values ?? []).includes(exitCode) === (exitCodes.operator === "In"));
  if (rule) return rule.action === "Restart";
  if (isSidecar(container)) return true;
  const policy = container.restartPolicy ?? spec.restartPolicy;
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}

function validateClaims(statuses: readonly PodResourceClaimStatus[], spec: PodSpec): FieldError[] {
  const told = new Set<string>();
  return statuses.flatMap(({ name, resourceClaimName }, i) => {
    const path = `status.resourceClaimStatuses[${i}]`;
    const isRepeated = told.has(name);
    told.add(name);
    return [
      ...(spec.resourceClaims?.some((claim) => claim.name === name) ? [] : [invalidValue(`${path}.name`, name, "must match the name of an entry in `spec.resourceClaims`")]),
      ...(isRepeated ? [duplicate(`${path}.name`, name)] : []),
      ...(resourceClaimName === undefined ? [] : check(`${path}.resourceClaimName`, resourceClaimName, isDns1123Subdomain)),
    ];
  });
}

function validateAddresses(addresses: readonly { ip?: string }[] | undefined, path: string): FieldError[] {
  if (!addresses) return [];
  const errors = addresses.flatMap(({ ip = "" }, i) => check(`${path}[${i}]`, ip, isIpLegacy));
  if (errors.length > 0 || addresses.length < 2) return errors;
  const families = new Set(addresses.map(({ ip = "" }) => parseIp(ip)?.family));
  return addresses.length === 2 && families.size === 2 ? [] : [invalidValue(path, addresses, "may specify no more than one IP for each IP family")];
}
