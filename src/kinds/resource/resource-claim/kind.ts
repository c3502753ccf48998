/** resource.k8s.io/v1 ResourceClaim: devices that pods need. Allocation and reservation are written to the status by whoever schedules. */
import { ageColumn, nameColumn } from "../../columns.ts";
import { immutable } from "../../field-checks.ts";
import type { Kind } from "../../kind.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { ResourceClaim } from "../../types/resource-v1.generated.ts";
import { refuseAdminAccess } from "../admin-access.ts";
import { defaultResourceClaimSpec, validateResourceClaimSpec } from "../claim-spec.ts";
import { example } from "./example.ts";
import { dropDeallocated, validateResourceClaimStatus } from "./validate-status.ts";

function stateOf({ metadata, status }: ResourceClaim): string {
  const states = metadata.deletionTimestamp ? ["deleted"] : status?.allocation ? [] : ["pending"];
  if (status?.allocation) states.push("allocated", ...(status.reservedFor?.length ? ["reserved"] : []));
  return states.join(",");
}

export const resourceClaim: Kind<ResourceClaim> = {
  group: "resource.k8s.io", kind: "ResourceClaim", resource: "resourceclaims", singular: "resourceclaim",
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.resource.v1.ResourceClaim" }],
  strategy: {
    hasGeneration: false,
    returnsDeleted: true,
    defaults: ({ spec }) => defaultResourceClaimSpec(spec),
    prepareForCreate(obj) { obj.status = {}; },
    prepareForUpdate: (obj, old) => restore(obj, old, "status"),
    validate: ({ metadata, spec }, ctx, old) => [...(old ? [] : refuseAdminAccess(spec, metadata.namespace, ctx)), ...validateResourceClaimSpec(spec, "spec")],
    validateUpdate: (obj, old) => immutable("spec", obj.spec, old.spec),
  },
  subresources: { status: statusSubresource({ keepsMetadata: true, prepare: dropDeallocated, validateUpdate: validateResourceClaimStatus }) },
  columns: [nameColumn, { name: "State", type: "string", description: "Pending, allocated, reserved.", value: stateOf }, ageColumn],
  example,
};
