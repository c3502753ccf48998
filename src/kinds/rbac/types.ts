import type { KubeObject } from "../object.ts";

export const RBAC_GROUP = "rbac.authorization.k8s.io";

export interface PolicyRule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

export interface Subject { kind: string; apiGroup?: string; name: string; namespace?: string }
export interface RoleRef { apiGroup: string; kind: string; name: string }

export interface Role extends KubeObject { rules?: PolicyRule[] | null }
export interface ClusterRole extends Role {
  aggregationRule?: { clusterRoleSelectors?: ClusterRoleSelector[] };
}
/** meta/v1 LabelSelector, as written. */
export interface ClusterRoleSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}
export interface RoleBinding extends KubeObject { subjects?: Subject[]; roleRef: RoleRef }
export type ClusterRoleBinding = RoleBinding;
