import { type FieldError, forbiddenField } from "../../lib/field-error.ts";
import type { ReadContext } from "../kind.ts";
import type { AllocationResult, ResourceClaimSpec } from "../types/resource-v1.generated.ts";

const LABEL = "resource.kubernetes.io/admin-access";

/** Devices that others use may be looked into from namespaces that an administrator has marked for it. */
export function refuseAdminAccess(spec: ResourceClaimSpec | undefined, namespace: string | undefined, ctx: ReadContext): FieldError[] {
  const i = (spec?.devices?.requests ?? []).findIndex(({ exactly }) => exactly?.adminAccess === true);
  return i < 0 ? [] : refuseUnmarked(namespace, ctx, `spec.devices.requests[${i}].adminAccess`);
}

/** The same of what is allocated, unless it was there before. */
export function refuseAdminAllocation(now: AllocationResult | undefined, before: AllocationResult | undefined, namespace: string | undefined, ctx: ReadContext): FieldError[] {
  if (before) return [];
  const i = (now?.devices?.results ?? []).findIndex(({ adminAccess }) => adminAccess === true);
  return i < 0 ? [] : refuseUnmarked(namespace, ctx, `status.allocation.devices.results[${i}].adminAccess`);
}

function refuseUnmarked(namespace: string | undefined, { reader }: ReadContext, path: string): FieldError[] {
  const kind = reader.kindFor("", "namespaces");
  const labels = kind && reader.get(kind, undefined, namespace ?? "")?.metadata.labels;
  return labels?.[LABEL] === "true" ? [] : [forbiddenField(path, `admin access to devices requires the \`${LABEL}: true\` label on the containing namespace`)];
}
