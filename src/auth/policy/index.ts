import { aggregateRules } from "../../kinds/rbac/cluster-role/aggregate.ts";
import { RBAC_GROUP, type ClusterRole, type Role, type RoleBinding } from "../../kinds/rbac/types.ts";
import { CLUSTER_ROLE_BINDINGS, ROLE_BINDINGS } from "./bindings.ts";
import { CLUSTER_ROLES } from "./cluster-roles.ts";
import { CONTROLLER_ROLES } from "./controller-roles.ts";
import { ROLES } from "./namespaced-roles.ts";
import { NODE_BINDINGS, NODE_ROLES } from "./node-roles.ts";
import { parseRoleRef, parseRule, parseSubject, type PolicyBinding, type PolicyRole } from "./table.ts";

/** The RBAC objects of a new cluster: upstream's default policy of v1.36, and what our agents need beyond a kubelet. */
export function policyObjects(): (ClusterRole | Role | RoleBinding)[] {
  const clusterRoles = [...CLUSTER_ROLES, ...NODE_ROLES, ...CONTROLLER_ROLES].map((role) => roleObject(role, "ClusterRole"));
  fillAggregated(clusterRoles);
  return [
    ...clusterRoles,
    ...[...CLUSTER_ROLE_BINDINGS, ...NODE_BINDINGS, ...CONTROLLER_ROLES.map(controllerBinding)].map((binding) => bindingObject(binding, "ClusterRoleBinding")),
    ...ROLES.map((role) => roleObject(role, "Role")),
    ...ROLE_BINDINGS.map((binding) => bindingObject(binding, "RoleBinding")),
  ];
}

/** "false" on a default object: an administrator has taken it over. */
export const AUTO_UPDATE = "rbac.authorization.kubernetes.io/autoupdate";
const AGGREGATE_LABEL = "rbac.authorization.k8s.io/aggregate-to-";

function metadata({ name, namespace, aggregateTo }: { name: string; namespace?: string; aggregateTo?: string }) {
  return {
    name, ...(namespace && { namespace }),
    labels: { "kubernetes.io/bootstrapping": "rbac-defaults", ...(aggregateTo && { [`${AGGREGATE_LABEL}${aggregateTo}`]: "true" }) },
    annotations: { [AUTO_UPDATE]: "true" },
  };
}

function roleObject(role: PolicyRole, kind: "Role" | "ClusterRole"): ClusterRole {
  return {
    apiVersion: `${RBAC_GROUP}/v1`, kind, metadata: metadata(role),
    ...(role.aggregates && { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [`${AGGREGATE_LABEL}${role.aggregates}`]: "true" } }] } }),
    rules: role.rules.map(parseRule),
  };
}

/** In the order in which they contain each other: view is part of edit, edit of admin. The controller finds nothing to do. */
function fillAggregated(roles: ClusterRole[]): void {
  for (const name of ["view", "edit", "admin"]) {
    const role = roles.find((candidate) => candidate.metadata.name === name)!;
    role.rules = aggregateRules(role, roles);
  }
}

const controllerBinding = ({ name }: PolicyRole): PolicyBinding => ({
  name, role: `ClusterRole ${name}`, subjects: [`ServiceAccount kube-system/${name.replace("system:controller:", "")}`],
});

const bindingObject = (binding: PolicyBinding, kind: "RoleBinding" | "ClusterRoleBinding"): RoleBinding => ({
  apiVersion: `${RBAC_GROUP}/v1`, kind, metadata: metadata(binding),
  roleRef: parseRoleRef(binding.role),
  ...(binding.subjects.length > 0 && { subjects: binding.subjects.map(parseSubject) }),
});
