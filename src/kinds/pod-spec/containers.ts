import { type FieldError, duplicate, forbiddenField, invalidValue, notFoundValue, notSupported, required } from "../../lib/field-error.ts";
import { check } from "../field-checks.ts";
import type { Container, EphemeralContainer, PodSpec } from "../types/core-v1.generated.ts";
import { isDns1123Label } from "../values/names.ts";
import { isSidecar } from "./effective-resources.ts";
import { validateEnv, validateEnvFrom } from "./env.ts";
import { validatePullPolicy } from "./image-reference.ts";
import { validateVolumeDevices, validateVolumeMounts, type VolumesByName } from "./mounts.ts";
import { validateContainerPorts, validateHostPortConflicts } from "./ports.ts";
import { validateProbesAndHooks } from "./probes.ts";
import { validateContainerResources } from "./resources.ts";
import { validateRestartRules } from "./restart-rules.ts";
import { validateSecurityContext } from "./security-context.ts";

/** What containers refer to in their pod. */
export interface PodScope { spec: PodSpec; volumes: VolumesByName; claims: ReadonlySet<string> }

export function validateContainers(scope: PodScope, path: string): FieldError[] {
  const containers = scope.spec.containers ?? [];
  if (containers.length === 0) return [required(path)];
  const errors: FieldError[] = [];
  const names = new Set<string>();
  containers.forEach((container, i) => {
    const at = `${path}[${i}]`;
    errors.push(...validateContainer(container, scope, at));
    if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name));
    names.add(container.name);
    errors.push(...validateProbesAndHooks(container, scope.spec, at), ...validateRestartRules(container, at));
  });
  return errors.concat(validateHostPortConflicts(containers, path));
}

const LONG_RUNNING_FIELDS = ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const;

export function validateInitContainers(scope: PodScope, path: string): FieldError[] {
  const containers = scope.spec.initContainers ?? [];
  const errors: FieldError[] = [];
  const names = new Set((scope.spec.containers ?? []).map((c) => c.name));
  containers.forEach((container, i) => {
    const at = `${path}[${i}]`;
    errors.push(...validateContainer(container, scope, at), ...validateRestartRules(container, at));
    if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name));
    else if (container.name) names.add(container.name);
    // They run one after the other, so only a container's own ports can collide.
    errors.push(...validateHostPortConflicts([container], path));
    if (isSidecar(container)) errors.push(...validateProbesAndHooks(container, scope.spec, at));
    else errors.push(...validateShortRunning(container, at));
  });
  return errors;
}

function validateShortRunning(container: Container, path: string): FieldError[] {
  const errors = LONG_RUNNING_FIELDS.filter((field) => container[field])
    .map((field) => forbiddenField(`${path}.${field}`, "may not be set for init containers without restartPolicy=Always"));
  container.resizePolicy?.forEach(({ restartPolicy }, i) => {
    if (restartPolicy !== "RestartContainer") return;
    errors.push(invalidValue(`${path}.resizePolicy[${i}].restartPolicy`, restartPolicy, "must not be set to 'RestartContainer' for non-sidecar initContainers"));
  });
  return errors;
}

const ALLOWED_IF_EPHEMERAL = new Set([
  "name", "image", "command", "args", "workingDir", "envFrom", "env", "volumeMounts", "volumeDevices", "terminationMessagePath",
  "terminationMessagePolicy", "imagePullPolicy", "securityContext", "stdin", "stdinOnce", "tty", "targetContainerName",
]);

export function validateEphemeralContainers(scope: PodScope, path: string): FieldError[] {
  const others = new Set([...(scope.spec.containers ?? []), ...(scope.spec.initContainers ?? [])].map((c) => c.name));
  const names = new Set(others);
  return (scope.spec.ephemeralContainers ?? []).flatMap((container, i) => {
    const at = `${path}[${i}]`;
    const errors = [...validateContainer(container, scope, at), ...validateImageSpaces(container, `${at}.image`)];
    if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name));
    names.add(container.name);
    const target = container.targetContainerName;
    if (target && !others.has(target)) errors.push(notFoundValue(`${at}.targetContainerName`, target));
    return errors.concat(validateEphemeralFields(container, at));
  });
}

function validateEphemeralFields(container: EphemeralContainer, path: string): FieldError[] {
  const text = "cannot be set for an Ephemeral Container";
  const errors = Object.entries(container)
    .filter(([field, value]) => !ALLOWED_IF_EPHEMERAL.has(field) && value != null && (typeof value !== "object" || Object.keys(value).length > 0))
    .map(([field]) => forbiddenField(`${path}.${field}`, text));
  container.volumeMounts?.forEach((mount, i) => {
    if (mount.subPath) errors.push(forbiddenField(`${path}.volumeMounts[${i}].subPath`, text));
    if (mount.subPathExpr) errors.push(forbiddenField(`${path}.volumeMounts[${i}].subPathExpr`, text));
  });
  return errors;
}

/** On pods alone: templates may hold an image that is filled in later. */
export function validateImageSpaces({ image = "" }: Container, path: string): FieldError[] {
  return image.trim() === image ? [] : [invalidValue(path, image, "must not have leading or trailing whitespace")];
}

const MESSAGE_POLICIES = ["FallbackToLogsOnError", "File"];

function validateContainer(container: Container, { spec, volumes, claims }: PodScope, path: string): FieldError[] {
  const errors: FieldError[] = container.name ? check(`${path}.name`, container.name, isDns1123Label) : [required(`${path}.name`)];
  if (!container.image) errors.push(required(`${path}.image`));
  const policy = container.terminationMessagePolicy;
  if (!policy) errors.push(required(`${path}.terminationMessagePolicy`));
  else if (!MESSAGE_POLICIES.includes(policy)) errors.push(notSupported(`${path}.terminationMessagePolicy`, policy, MESSAGE_POLICIES));
  if (container.ports) errors.push(...validateContainerPorts(container.ports, `${path}.ports`));
  if (container.env) errors.push(...validateEnv(container.env, `${path}.env`));
  if (container.envFrom) errors.push(...validateEnvFrom(container.envFrom, `${path}.envFrom`));
  if (container.volumeMounts) errors.push(...validateVolumeMounts(container, volumes, `${path}.volumeMounts`));
  if (container.volumeDevices) errors.push(...validateVolumeDevices(container, volumes, `${path}.volumeDevices`));
  errors.push(...validatePullPolicy(container.imagePullPolicy, `${path}.imagePullPolicy`));
  errors.push(...validateContainerResources(container.resources, claims, `${path}.resources`));
  if (container.resizePolicy) errors.push(...validateResizePolicy(container, spec.restartPolicy, `${path}.resizePolicy`));
  return errors.concat(validateSecurityContext(container.securityContext, spec.hostUsers !== false, `${path}.securityContext`));
}

const RESIZE_POLICIES = ["NotRequired", "RestartContainer"];

function validateResizePolicy({ resizePolicy = [] }: Container, podPolicy: string | undefined, path: string): FieldError[] {
  const seen = new Set<string>();
  return resizePolicy.flatMap(({ resourceName = "", restartPolicy = "" }, i) => {
    const errors: FieldError[] = seen.has(resourceName) ? [duplicate(`${path}[${i}]`, resourceName)] : [];
    seen.add(resourceName);
    if (!resourceName) errors.push(required(path));
    else if (resourceName !== "cpu" && resourceName !== "memory") errors.push(notSupported(path, resourceName, ["cpu", "memory"]));
    if (!restartPolicy) errors.push(required(path));
    else if (!RESIZE_POLICIES.includes(restartPolicy)) errors.push(notSupported(path, restartPolicy, RESIZE_POLICIES));
    if (podPolicy === "Never" && restartPolicy !== "NotRequired") errors.push(invalidValue(path, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"));
    return errors;
  });
}
