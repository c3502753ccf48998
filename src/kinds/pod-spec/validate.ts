/**
 * Validation of a pod's specification, in pods and templates, with the paths and words of upstream's
 * pkg/apis/core/validation. Defaults have run before. Each concern has a file of its own beside this one.
 */
import { type FieldError, duplicate, forbiddenField, invalidValue, notSupported, Path, required } from "../../lib/field-error.ts";
import { check } from "../field-checks.ts";
import type { PodResourceClaim, PodSpec, PodTemplateSpec } from "../types/core-v1.generated.ts";
import { validateLabels } from "../values/label-selector.ts";
import { inclusiveRange, isDns1123Label, isDns1123Subdomain, isQualifiedName } from "../values/names.ts";
import { validateAffinity } from "./affinity.ts";
import { validateContainers, validateEphemeralContainers, validateInitContainers, type PodScope } from "./containers.ts";
import { eachContainer } from "./each-container.ts";
import { validateFileKeyVolumes } from "./env.ts";
import { validateHostNames } from "./host-names.ts";
import { validateTemplateMetadata } from "./metadata.ts";
import { validateHostNetworkPorts } from "./ports.ts";
import { validateContainerResources, validatePodResources } from "./resources.ts";
import { validateSchedulingGates, validateTolerations, validateTopologySpread } from "./scheduling.ts";
import { validatePodSecurityContext } from "./security-context.ts";
import { validateVolumes } from "./volumes/validate.ts";
import { validateHostProcess, validateOperatingSystem } from "./windows-options.ts";

export const INT32_MAX = 2 ** 31 - 1;

/** `pod` says that the specification is a pod's own and not a template's. */
export function validatePodSpec(spec: PodSpec, path: string, pod?: { name?: string; isMirror?: boolean }): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.terminationGracePeriodSeconds == null) errors.push(required(`${path}.terminationGracePeriodSeconds`));
  const { volumes, errors: volumeErrors } = validateVolumes(spec.volumes ?? [], `${path}.volumes`, pod?.name);
  const scope: PodScope = { spec, volumes, claims: new Set(spec.resourceClaims?.flatMap((c) => c.name || [])) };
  errors.push(...volumeErrors);
  if (spec.resourceClaims) errors.push(...validateClaims(spec.resourceClaims, `${path}.resourceClaims`, pod?.isMirror ?? false));
  errors.push(...validateContainers(scope, `${path}.containers`));
  if (spec.initContainers) errors.push(...validateInitContainers(scope, `${path}.initContainers`));
  if (spec.ephemeralContainers) errors.push(...validateEphemeralContainers(scope, `${path}.ephemeralContainers`));
  if (spec.resources) errors.push(...validatePodResources(spec, `${path}.resources`));
  errors.push(...validateHostNetworkPorts(spec, path, pod !== undefined), ...validatePolicies(spec, path));
  errors.push(...validatePodSecurityContext(spec, `${path}.securityContext`));
  errors.push(...validatePlacement(spec, path), ...validateHostNames(spec, path), ...validateHostProcess(spec, path));
  if (spec.hostUsers === false) errors.push(...validateWithoutHostUsers(spec, path));
  errors.push(...validateReferences(spec, path));
  if (spec.os) errors.push(...validateOs(spec, path));
  return errors.concat(validateFileKeyVolumes(spec, path));
}

/** Of workloads. The restart policy and the like are the workload's own rules. */
export function validatePodTemplate(template: PodTemplateSpec, path: string): FieldError[] {
  const spec = template.spec ?? { containers: [] };
  const errors = [
    ...validateTemplateMetadata(template.metadata, path),
    ...validatePodSpec(spec, `${path}.spec`),
  ];
  if (spec.ephemeralContainers?.length) errors.push(forbiddenField(`${path}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template"));
  return errors;
}

const RESTART_POLICIES = ["Always", "Never", "OnFailure"];
const DNS_POLICIES = ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"];
const PREEMPTION_POLICIES = ["Never", "PreemptLowerPriority"];

function validatePolicies(spec: PodSpec, path: string): FieldError[] {
  const errors = [
    ...validateChoice(spec.restartPolicy, RESTART_POLICIES, `${path}.restartPolicy`),
    ...validateChoice(spec.dnsPolicy, DNS_POLICIES, `${path}.dnsPolicy`),
  ];
  if (spec.preemptionPolicy != null) errors.push(...validateChoice(spec.preemptionPolicy, PREEMPTION_POLICIES, `${path}.preemptionPolicy`));
  const deadline = spec.activeDeadlineSeconds;
  if (deadline != null && (deadline < 1 || deadline > INT32_MAX)) errors.push(invalidValue(`${path}.activeDeadlineSeconds`, deadline, inclusiveRange(1, INT32_MAX)));
  return errors;
}

function validateChoice(value: string | undefined, supported: readonly string[], path: string): FieldError[] {
  if (!value) return [required(path)];
  return supported.includes(value) ? [] : [notSupported(path, value, supported)];
}

/** Where the pod may go. */
function validatePlacement(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.nodeSelector) errors.push(...validateLabels(spec.nodeSelector, Path.of(`${path}.nodeSelector`)));
  if (spec.affinity) errors.push(...validateAffinity(spec.affinity, `${path}.affinity`));
  spec.readinessGates?.forEach((gate, i) => errors.push(...check(`${path}.readinessGates[${i}].conditionType`, gate.conditionType ?? "", isQualifiedName)));
  if (spec.schedulingGates) errors.push(...validateSchedulingGates(spec.schedulingGates, `${path}.schedulingGates`));
  if (spec.topologySpreadConstraints) errors.push(...validateTopologySpread(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`));
  if (spec.nodeName) errors.push(...check(`${path}.nodeName`, spec.nodeName, isDns1123Subdomain));
  if (spec.tolerations) errors.push(...validateTolerations(spec.tolerations, `${path}.tolerations`));
  if (spec.overhead) errors.push(...validateContainerResources({ limits: spec.overhead }, new Set(), `${path}.overhead`));
  return errors;
}

/** Names of other objects. */
function validateReferences(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.serviceAccountName) errors.push(...check(`${path}.serviceAccountName`, spec.serviceAccountName, isDns1123Subdomain));
  if (spec.priorityClassName) errors.push(...check(`${path}.priorityClassName`, spec.priorityClassName, isDns1123Subdomain));
  if (spec.runtimeClassName != null) errors.push(...check(`${path}.runtimeClassName`, spec.runtimeClassName, isDns1123Subdomain));
  return errors;
}

/** User namespaces do not go together with other namespaces of the host. */
function validateWithoutHostUsers(spec: PodSpec, path: string): FieldError[] {
  const refused = (at: string) => forbiddenField(at, "when `hostUsers` is false");
  const errors = [
    ...(spec.hostNetwork ? [refused(`${path}.hostNetwork`)] : []),
    ...(spec.hostPID ? [refused(`${path}.HostPID`)] : []),
    ...(spec.hostIPC ? [refused(`${path}.HostIPC`)] : []),
  ];
  eachContainer(spec, path, (container, at) => {
    if (container.volumeDevices?.length) errors.push(refused(`${at}.volumeDevices`));
  });
  return errors;
}

const OPERATING_SYSTEMS = ["linux", "windows"];

function validateOs(spec: PodSpec, path: string): FieldError[] {
  const name = spec.os?.name;
  if (!name) return [required(`${path}.os.name`)];
  return OPERATING_SYSTEMS.includes(name) ? validateOperatingSystem(spec, path) : [notSupported(`${path}.os`, name, OPERATING_SYSTEMS)];
}

function validateClaims(claims: readonly PodResourceClaim[], path: string, isMirror: boolean): FieldError[] {
  const seen = new Set<string>();
  return claims.flatMap((claim, i) => {
    const at = `${path}[${i}]`;
    if (isMirror) return [forbiddenField("", "static pods do not support resource claims")];
    const { name, resourceClaimName: direct, resourceClaimTemplateName: template } = claim;
    const errors: FieldError[] = !name ? [required(`${at}.name`)] : seen.has(name) ? [duplicate(`${at}.name`, name)] : check(`${at}.name`, name, isDns1123Label);
    if (name) seen.add(name);
    if (direct != null && template != null) errors.push(invalidValue(at, claim, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"));
    if (direct == null && template == null) errors.push(invalidValue(at, claim, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"));
    if (direct != null) errors.push(...check(`${at}.resourceClaimName`, direct, isDns1123Subdomain));
    if (template != null) errors.push(...check(`${at}.resourceClaimTemplateName`, template, isDns1123Subdomain));
    return errors;
  });
}
