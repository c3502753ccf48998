import type { AuthorizationAttributes, UserInfo } from "../../kinds/kind.ts";
import { ruleAllows } from "../../kinds/rbac/rule.ts";
import type { Reader } from "../../kinds/transaction.ts";
import { CLUSTER_ROLES } from "../policy/cluster-roles.ts";
import { parseRule } from "../policy/table.ts";
import { NO_OPINION, refuse, type Authorizer, type Opinion } from "./authorizer.ts";
import { isRelated } from "./node-graph.ts";

/**
 * Upstream's node authorizer: a node (user `system:node:NAME` in group `system:nodes`) reads its own Node and lease, its
 * own pods, and what these pods refer to; it may ask tokens for their service accounts. Whose objects it may create or
 * change is for the NodeRestriction admission plugin to check, since the authorizer does not see them.
 */
export const node: Authorizer = {
  name: "node",
  authorize(reader, user, attributes) {
    const name = nodeNameOf(user);
    if (name === undefined) return NO_OPINION;
    if (attributes.path === undefined) {
      const decide = DECISIONS[`${attributes.group}/${attributes.resource}`];
      if (decide) return decide(attributes, name, reader);
    }
    return NODE_RULES.some((rule) => ruleAllows(rule, attributes)) ? ALLOWED : NO_OPINION;
  },
};

export function nodeNameOf(user: UserInfo): string | undefined {
  const prefix = "system:node:";
  if (!user.username.startsWith(prefix) || !user.groups.includes("system:nodes")) return undefined;
  return user.username.slice(prefix.length) || undefined;
}

const ALLOWED: Opinion = { allowed: true };
const NODE_RULES = CLUSTER_ROLES.find((role) => role.name === "system:node")!.rules.map(parseRule);

type ResourceAttributes = Extract<AuthorizationAttributes, { resource: string }>;
type Decide = (attributes: ResourceAttributes, node: string, reader: Reader) => Opinion;

const related: Decide = (a, node, reader) => {
  if (!a.name) return refuse("No Object name found");
  return isRelated(reader, node, a.resource, a.namespace ?? "", a.name) ? ALLOWED : refuse(`no relationship found between node '${node}' and this object`);
};

const getOnly: Decide = (a, node, reader) => {
  if (a.verb !== "get") return refuse("can only get individual resources of this type");
  if (a.subresource) return refuse("cannot get subresource");
  return related(a, node, reader);
};

const readNamespaced: Decide = (a, node, reader) => {
  if (!READS.includes(a.verb)) return refuse("can only read resources of this type");
  if (a.subresource) return refuse("cannot read subresource");
  if (!a.namespace) return refuse("can only read namespaced object of this type");
  return related(a, node, reader);
};

const READS = ["get", "list", "watch"];
const OWN_OBJECT_VERBS = ["get", "create", "update", "patch", "delete"];

/** The named object of its own, in kinds with one object a node. */
const own = (what: string, which: string): Decide => (a, node) => {
  if (!OWN_OBJECT_VERBS.includes(a.verb)) return refuse(`can only get, create, update, patch, or delete a ${what}`);
  if (a.verb !== "create" && a.name !== node) return refuse(`can only access ${which} with the same name as the requesting node`);
  return ALLOWED;
};

const DECISIONS: Readonly<Record<string, Decide>> = {
  "/secrets": readNamespaced,
  "/configmaps": readNamespaced,
  "/persistentvolumeclaims": (a, node, reader) => {
    if (a.subresource !== "status") return getOnly(a, node, reader);
    if (a.verb !== "update" && a.verb !== "patch") return refuse("can only get/update/patch this type");
    return related(a, node, reader);
  },
  "/persistentvolumes": getOnly,
  "resource.k8s.io/resourceclaims": getOnly,
  "storage.k8s.io/volumeattachments": getOnly,
  "/serviceaccounts": (a, node, reader) => {
    if (a.verb === "get" && !a.subresource) return readNamespaced(a, node, reader);
    if (a.verb !== "create" || !a.name) return refuse("can only create tokens for individual service accounts");
    if (a.subresource !== "token") return refuse("can only create token subresource of serviceaccount");
    return related(a, node, reader);
  },
  "coordination.k8s.io/leases": (a, node, reader) => {
    if (OWN_OBJECT_VERBS.includes(a.verb) && a.namespace !== "kube-node-lease") return refuse(`can only access leases in the "kube-node-lease" system namespace`);
    return own("node lease", "node lease")(a, node, reader);
  },
  "storage.k8s.io/csinodes": (a, node, reader) =>
    (a.subresource && OWN_OBJECT_VERBS.includes(a.verb) ? refuse("cannot authorize CSINode subresources") : own("CSINode", "CSINode")(a, node, reader)),
  "resource.k8s.io/resourceslices": (a, node, reader) => {
    if (a.subresource) return refuse("cannot authorize ResourceSlice subresources");
    if (a.verb === "create") return ALLOWED;
    if (["get", "update", "patch", "delete"].includes(a.verb)) return related(a, node, reader);
    return selects(a, node) ? ALLOWED : refuse("can only list/watch/deletecollection resourceslices with nodeName field selector");
  },
  "certificates.k8s.io/podcertificaterequests": (a, node, reader) => {
    if (a.subresource) return refuse("nodes may not access the status subresource of PodCertificateRequests");
    if (a.verb === "create") return ALLOWED;
    if (a.verb === "get") return related(a, node, reader);
    if (a.verb !== "list" && a.verb !== "watch") return refuse(`nodes may not ${a.verb} podcertificaterequests`);
    return selects(a, node) ? ALLOWED : refuse("can only list/watch podcertificaterequests with nodeName field selector");
  },
  "/nodes": (a, node) => {
    if (a.subresource === "status") return a.verb === "update" || a.verb === "patch" ? ALLOWED : NO_OPINION;
    if (a.subresource) return NO_OPINION;
    if (["create", "update", "patch"].includes(a.verb)) return ALLOWED;
    if (!READS.includes(a.verb)) return NO_OPINION;
    if (a.name === node) return ALLOWED;
    return refuse(a.name ? `node '${node}' cannot read '${a.name}', only its own Node object` : `node '${node}' cannot read all nodes, only its own Node object`);
  },
  "/pods": (a, node, reader) => {
    switch (a.subresource ?? "") {
      case "":
        if (a.verb === "get") return getOnly(a, node, reader);
        if (a.verb === "create" || a.verb === "delete") return ALLOWED;
        if (a.verb !== "list" && a.verb !== "watch") return NO_OPINION;
        if (selects(a, node)) return ALLOWED;
        return a.name ? related(a, node, reader) : refuse("can only list/watch pods with spec.nodeName field selector");
      case "status": return a.verb === "update" || a.verb === "patch" ? ALLOWED : NO_OPINION;
      case "eviction": return a.verb === "create" ? ALLOWED : NO_OPINION;
      default: return NO_OPINION;
    }
  },
};

/** `spec.nodeName=NODE` must be one of the requirements. */
function selects(a: ResourceAttributes, node: string): boolean {
  const wanted = [`spec.nodeName=${node}`, `spec.nodeName==${node}`];
  // A comma behind a backslash belongs to a value.
  return (a.fieldSelector ?? "").split(/(?<!\\),/).some((requirement) => wanted.includes(requirement.trim()));
}
