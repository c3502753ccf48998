/** rbac/v1 RoleBinding: grants a Role, or a ClusterRole within the namespace. */
import type { Kind } from "../../kind.ts";
import { isPathSegmentName } from "../../values/names.ts";
import { bindingColumns, bindingStrategy } from "../binding.ts";
import { RBAC_GROUP, type RoleBinding } from "../types.ts";
import { validateRoleBinding } from "../validate.ts";
import { example } from "./example.ts";

export const roleBinding: Kind<RoleBinding> = {
  group: RBAC_GROUP, kind: "RoleBinding", resource: "rolebindings", singular: "rolebinding",
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.rbac.v1.RoleBinding" }],
  strategy: { ...bindingStrategy, validateName: isPathSegmentName, validate: validateRoleBinding },
  columns: bindingColumns("roleBinding"),
  example,
};
