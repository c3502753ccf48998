/** rbac/v1 ClusterRoleBinding: grants a ClusterRole everywhere. */
import type { Kind } from "../../kind.ts";
import { isPathSegmentName } from "../../values/names.ts";
import { bindingColumns, bindingStrategy } from "../binding.ts";
import { RBAC_GROUP, type ClusterRoleBinding } from "../types.ts";
import { validateClusterRoleBinding } from "../validate.ts";
import { example } from "./example.ts";

export const clusterRoleBinding: Kind<ClusterRoleBinding> = {
  group: RBAC_GROUP, kind: "ClusterRoleBinding", resource: "clusterrolebindings", singular: "clusterrolebinding",
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.rbac.v1.ClusterRoleBinding" }],
  strategy: { ...bindingStrategy, validateName: isPathSegmentName, validate: validateClusterRoleBinding },
  columns: bindingColumns("clusterRoleBinding"),
  example,
};
