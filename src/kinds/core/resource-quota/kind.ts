/**
 * core/v1 ResourceQuota: how much of everything a namespace may hold. The plugin ResourceQuota refuses what does not fit
 * and counts what does; the controller recounts when something went away. usage/ tells what an object costs.
 */
import type { Kind } from "../../kind.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { ResourceQuota } from "../../types/core-v1.generated.ts";
import { columns } from "./columns.ts";
import { defaultResourceQuota } from "./defaults.ts";
import { example } from "./example.ts";
import { validateResourceQuota, validateResourceQuotaStatus, validateResourceQuotaUpdate } from "./validate.ts";

export const resourceQuota: Kind<ResourceQuota> = {
  group: "", kind: "ResourceQuota", resource: "resourcequotas", singular: "resourcequota", shortNames: ["quota"],
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.core.v1.ResourceQuota" }],
  strategy: {
    hasGeneration: false,
    returnsDeleted: true,
    defaults: defaultResourceQuota,
    prepareForCreate(obj) { obj.status = {}; },
    prepareForUpdate: (obj, old) => restore(obj, old, "status"),
    validate: validateResourceQuota,
    validateUpdate: validateResourceQuotaUpdate,
  },
  subresources: { status: statusSubresource({ validateUpdate: validateResourceQuotaStatus }) },
  columns,
  example,
};
