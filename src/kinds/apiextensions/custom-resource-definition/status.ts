import type { CustomResourceDefinition, CustomResourceDefinitionCondition } from "../../types/apiextensions-v1.generated.ts";
import { formatTime } from "../../values/time.ts";

export const cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

export const storageVersion = (crd: CustomResourceDefinition): string => crd.spec.versions?.find((v) => v.storage)?.name ?? "";
export const isStored = (crd: CustomResourceDefinition, version: string): boolean => crd.status?.storedVersions?.includes(version) ?? false;

export const conditionOf = (crd: CustomResourceDefinition, type: string): CustomResourceDefinitionCondition | undefined =>
  crd.status?.conditions?.find((c) => c.type === type);
export const isTrue = (crd: CustomResourceDefinition, type: string): boolean => conditionOf(crd, type)?.status === "True";

/** In place; the transition time changes only with the status. */
export function setCondition(crd: CustomResourceDefinition, condition: Omit<CustomResourceDefinitionCondition, "lastTransitionTime">, nowMs: number): void {
  crd.status ??= {};
  const conditions = (crd.status.conditions ??= []);
  const at = conditions.findIndex((c) => c.type === condition.type);
  const lastTransitionTime = at >= 0 && conditions[at]!.status === condition.status ? conditions[at]!.lastTransitionTime : formatTime(nowMs);
  const next = { ...condition, ...(lastTransitionTime && { lastTransitionTime }) };
  if (at < 0) conditions.push(next);
  else conditions[at] = next;
}
