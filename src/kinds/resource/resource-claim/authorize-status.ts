import { type FieldError, forbiddenField } from "../../../lib/field-error.ts";
import { serviceAccountOf } from "../../authentication/claims.ts";
import { deny } from "../../authorization/denial.ts";
import { sameValue } from "../../field-checks.ts";
import type { AuthorizationAttributes, UserInfo, WriteContext } from "../../kind.ts";
import type { AllocatedDeviceStatus, AllocationResult, ResourceClaim } from "../../types/resource-v1.generated.ts";
import { isDns1123Subdomain } from "../../values/names.ts";

/**
 * Who may write a claim's status may not write all of it (DRAResourceClaimGranularStatusAuthorization). What is allocated
 * and for whom takes permission for `resourceclaims/binding` as well, everywhere; what a driver tells of its devices takes
 * `resourceclaims/driver` by that driver's name: for any node, or for the one on which both the writer and the devices are.
 */
export function authorizeStatus(claim: ResourceClaim, old: ResourceClaim, ctx: WriteContext): FieldError[] {
  return [...authorizeBinding(claim, old, ctx), ...authorizeDevices(claim, old, ctx)];
}

const about = (ctx: WriteContext) => ({ group: "resource.k8s.io", version: ctx.version.version, resource: "resourceclaims" });

function authorizeBinding({ status }: ResourceClaim, old: ResourceClaim, ctx: WriteContext): FieldError[] {
  if (sameValue(status?.allocation, old.status?.allocation) && sameValue(status?.reservedFor, old.status?.reservedFor)) return [];
  const refusal = refusalOf(ctx, { ...about(ctx), verb: ctx.verb, subresource: "binding" });
  return refusal === undefined ? []
    : [forbiddenField("status", `changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", verb="${ctx.verb}" permission: ${refusal}`)];
}

function authorizeDevices({ metadata, status }: ResourceClaim, old: ResourceClaim, ctx: WriteContext): FieldError[] {
  const prefixes = isBeside(ctx.user, nodeOf(status?.allocation)) ? ["associated-node:", "arbitrary-node:"] : ["arbitrary-node:"];
  const verbs = prefixes.map((prefix) => prefix + ctx.verb);
  return changedDrivers(status?.devices, old.status?.devices).flatMap((name) => {
    const refusals = verbs.map((verb) => refusalOf(ctx, { ...about(ctx), verb, subresource: "driver", namespace: metadata.namespace, name }));
    return refusals.includes(undefined) ? []
      : [forbiddenField("status.devices", `changing status.devices requires resource="resourceclaims/driver", verb="[${verbs.join(" ")}]" permission: ${refusals[0]}`)];
  });
}

function refusalOf(ctx: WriteContext, attributes: AuthorizationAttributes): string | undefined {
  const { allowed, reason } = ctx.authorize(attributes);
  return allowed ? undefined : deny(ctx.user, attributes, reason).message;
}

/** Of which something was added, changed or taken away. */
function changedDrivers(now: readonly AllocatedDeviceStatus[] = [], before: readonly AllocatedDeviceStatus[] = []): string[] {
  const idOf = ({ driver, pool, device, shareID = "" }: AllocatedDeviceStatus) => [driver, pool, device, shareID].join("/");
  const [after, old] = [now, before].map((devices) => new Map(devices.map((device) => [idOf(device), device])));
  const changed = [...now, ...before].filter((device) => !sameValue(after!.get(idOf(device)), old!.get(idOf(device))));
  return [...new Set(changed.map(({ driver }) => driver))].sort();
}

/** The one node on which the devices are, where the allocation says nothing but that. */
function nodeOf(allocation: AllocationResult | undefined): string | undefined {
  const [term, ...others] = allocation?.nodeSelector?.nodeSelectorTerms ?? [];
  if (!term || others.length > 0 || term.matchExpressions?.length || term.matchFields?.length !== 1) return undefined;
  const { key, operator, values = [] } = term.matchFields[0]!;
  return key === "metadata.name" && operator === "In" && values.length === 1 ? values[0] : undefined;
}

/** A service account whose token is for a pod on that node. */
function isBeside({ username, extra }: UserInfo, node: string | undefined): boolean {
  const names = extra?.["authentication.kubernetes.io/node-name"] ?? [];
  return !!node && serviceAccountOf(username) !== undefined && names.length === 1 && names[0] === node && isDns1123Subdomain(node).length === 0;
}
