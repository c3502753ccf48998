export type { AggregationRule, ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject } from "../types/rbac-v1.generated.ts";

export const RBAC_GROUP = "rbac.authorization.k8s.io";
