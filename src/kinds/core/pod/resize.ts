import { type FieldError, forbiddenField, invalidValue } from "../../../lib/field-error.ts";
import { sameValue } from "../../field-checks.ts";
import type { Subresource } from "../../kind.ts";
import { keepMetadata, restore } from "../../status-subresource.ts";
import type { Container, Pod, ResourceRequirements } from "../../types/core-v1.generated.ts";
import { isMirrorPod } from "./annotations.ts";
import { qosClass } from "./qos.ts";

/** Changes CPU and memory of containers that run (KEP-1287). */
export const resize: Subresource<Pod> = {
  type: "view",
  verbs: ["get", "update", "patch"],
  prepareForUpdate(obj, old) {
    restore(obj, old, "status");
    const [spec, before] = [obj.spec!, old.spec!];
    // Added, removed or renamed containers are left for validation to refuse.
    if (!sameNames(spec.containers, before.containers) || !sameNames(spec.initContainers, before.initContainers)) return;
    const { resources: _, ...rest } = before;
    obj.spec = {
      ...rest,
      containers: withResources(spec.containers, before.containers),
      ...(before.initContainers && { initContainers: withResources(spec.initContainers!, before.initContainers) }),
      ...(spec.resources && { resources: spec.resources }),
    };
    keepMetadata(obj, old);
  },
  validateUpdate,
};

const sameNames = (now: readonly Container[] = [], before: readonly Container[] = []): boolean =>
  now.length === before.length && now.every((container, i) => container.name === before[i]!.name);

function withResources(now: readonly Container[], before: readonly Container[]): Container[] {
  return before.map(({ resizePolicy: _, ...rest }, i) => {
    const { resources, resizePolicy } = now[i]!;
    return { ...rest, resources, ...(resizePolicy && { resizePolicy }) };
  });
}

function validateUpdate(obj: Pod, old: Pod): FieldError[] {
  if (isMirrorPod(old)) return [forbiddenField("", "static pods cannot be resized")];
  if (old.spec?.os?.name === "windows") return [forbiddenField("", "windows pods cannot be resized")];
  const [spec, before] = [obj.spec!, old.spec!];
  const errors = (["containers", "initContainers"] as const).flatMap((field) => validateOrder(spec[field], before[field], `spec.${field}`));
  if (errors.length > 0) return errors;
  const qos = old.status?.qosClass ?? qosClass(before);
  errors.push(...validateRemoval(spec.resources, before.resources, "spec.resources"));
  if (qosClass(spec) !== qos) errors.push(invalidValue("spec", qos, "Pod QOS Class may not change as a result of resizing"));
  for (const field of ["containers", "initContainers"] as const) {
    spec[field]?.forEach((container, i) => errors.push(...validateContainer(container, before[field]![i]!, field, i)));
  }
  return errors;
}

function validateOrder(now: readonly Container[] = [], before: readonly Container[] = [], path: string): FieldError[] {
  const noun = path.slice("spec.".length);
  if (now.length !== before.length) return [forbiddenField(path, `${noun} may not be added or removed on resize`)];
  return now.flatMap((container, i) => (container.name === before[i]!.name ? []
    : [forbiddenField(`${path}[${i}].name`, `${noun} may not be renamed or reordered on resize`)]));
}

function validateContainer(now: Container, before: Container, field: "containers" | "initContainers", i: number): FieldError[] {
  if (sameValue(now, before)) return [];
  const path = `spec.${field}[${i}]`;
  const errors = validateRemoval(now.resources, before.resources, `${path}.resources`);
  if (!sameValue({ ...now, resources: others(now.resources) }, { ...before, resizePolicy: now.resizePolicy, resources: others(before.resources) })) {
    errors.push(field === "containers" ? forbiddenField("spec", "only cpu and memory resources are mutable")
      : forbiddenField(path, "only cpu and memory resources for init or sidecar containers are mutable"));
  }
  return errors;
}

const validateRemoval = (now: ResourceRequirements | undefined, before: ResourceRequirements | undefined, path: string): FieldError[] =>
  (["requests", "limits"] as const).filter((part) => isRemoved(now?.[part], before?.[part])).map((part) => forbiddenField(`${path}.${part}`, `resource ${part} cannot be removed`));

const isRemoved = (now: Record<string, string> = {}, before: Record<string, string> = {}): boolean =>
  Object.keys(before).some((name) => !(name in now));

function others(resources: ResourceRequirements = {}): ResourceRequirements {
  const without = ({ cpu: _cpu, memory: _memory, ...rest }: Record<string, string> = {}) => rest;
  return { ...resources, limits: without(resources.limits), requests: without(resources.requests) };
}
