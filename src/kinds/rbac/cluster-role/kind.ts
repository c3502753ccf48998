/** rbac/v1 ClusterRole: permissions everywhere, or in the namespaces of RoleBindings; may aggregate others (controller.ts). */
import type { Kind } from "../../kind.ts";
import { isPathSegmentName } from "../../values/names.ts";
import { createdAtColumns } from "../created-at-column.ts";
import { refuseClusterRole } from "../escalation.ts";
import { forgetRules } from "../resolve.ts";
import { RBAC_GROUP, type ClusterRole } from "../types.ts";
import { validateClusterRole } from "../validate.ts";
import { example } from "./example.ts";

export const clusterRole: Kind<ClusterRole> = {
  group: RBAC_GROUP, kind: "ClusterRole", resource: "clusterroles", singular: "clusterrole",
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.rbac.v1.ClusterRole" }],
  strategy: {
    hasGeneration: false,
    allowCreateOnUpdate: true,
    validateName: isPathSegmentName,
    validate: validateClusterRole,
    authorizeWrite: refuseClusterRole,
    afterWrite: (_change, ctx) => forgetRules(ctx.reader),
  },
  indexes: { aggregates: (obj) => (obj.aggregationRule ? "true" : undefined) },
  columns: createdAtColumns,
  example,
};
