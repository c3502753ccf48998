/** rbac/v1 Role: permissions within one namespace. */
import type { Kind } from "../../kind.ts";
import { isPathSegmentName } from "../../values/names.ts";
import { createdAtColumns } from "../created-at-column.ts";
import { refuseRole } from "../escalation.ts";
import { forgetRules } from "../resolve.ts";
import { RBAC_GROUP, type Role } from "../types.ts";
import { validateRole } from "../validate.ts";
import { example } from "./example.ts";

export const role: Kind<Role> = {
  group: RBAC_GROUP, kind: "Role", resource: "roles", singular: "role",
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.rbac.v1.Role" }],
  strategy: {
    hasGeneration: false,
    allowCreateOnUpdate: true,
    validateName: isPathSegmentName,
    validate: validateRole,
    authorizeWrite: refuseRole,
    afterWrite: (_change, ctx) => forgetRules(ctx.reader),
  },
  columns: createdAtColumns,
  example,
};
