import type { Kind, WriteContext } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { Node, Pod } from "../../kinds/types/core-v1.generated.ts";
import { deepEqual } from "../../lib/deep-equal.ts";
import { ApiError, forbidden } from "../../lib/errors.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../plugin.ts";

/**
 * What an agent may write: its own Node and Lease, the status of pods placed on its node, mirror pods there, and tokens
 * for those pods. Goes beyond authorization, since it looks at the content.
 */
const PREFIX = "system:node:";
const MIRROR = "kubernetes.io/config.mirror";
const LEASES = "kube-node-lease";

type Check = (attributes: AdmissionAttributes, nodeName: string, ctx: WriteContext) => void;

const checks: Readonly<Record<string, Check>> = {
  "/pods": checkPod,
  "/nodes": checkNode,
  "/serviceaccounts": checkToken,
  "coordination.k8s.io/leases": checkLease,
};

export const nodeRestriction: AdmissionPlugin = {
  name: "NodeRestriction",
  handles: ({ operation, kind }) => operation !== "CONNECT" && checkOf(kind) !== undefined,
  validate(attributes, ctx) {
    const nodeName = nodeNameOf(ctx);
    if (nodeName === undefined) return;
    if (nodeName === "") throw refuse(attributes, `could not determine node from user ${JSON.stringify(ctx.user.username)}`);
    checkOf(attributes.kind)!(attributes, nodeName, ctx);
  },
};

const checkOf = (kind: Kind): Check | undefined => checks[`${kind.group}/${kind.resource}`];

/** Undefined: not an agent. "": an agent without a node's name. */
function nodeNameOf({ user }: WriteContext): string | undefined {
  if (!user.groups.includes("system:nodes")) return undefined;
  return user.username.startsWith(PREFIX) ? user.username.slice(PREFIX.length) : "";
}

const refuse = ({ kind, name }: AdmissionAttributes, why: string): ApiError =>
  forbidden({ group: kind.group, resource: kind.resource, name: name ?? "" }, why);

function checkPod(attributes: AdmissionAttributes, node: string, ctx: WriteContext): void {
  const { operation, subresource, object, old } = attributes;
  if (subresource === "eviction") {
    if (nodeOf(object ?? old) !== node) throw refuse(attributes, `node ${JSON.stringify(node)} can only evict pods with spec.nodeName set to itself`);
    return;
  }
  if (operation === "DELETE") {
    if (nodeOf(old) !== node) throw refuse(attributes, `node ${JSON.stringify(node)} can only delete pods with spec.nodeName set to itself`);
    return;
  }
  if (operation === "UPDATE") return checkPodUpdate(attributes, node);
  if (operation === "CREATE" && subresource === undefined) return checkMirrorPod(attributes, node, ctx);
  throw refuse(attributes, `unexpected operation ${JSON.stringify(operation)}, node ${JSON.stringify(node)} can only create and delete mirror pods`);
}

function checkPodUpdate(attributes: AdmissionAttributes, node: string): void {
  const { subresource, object, old } = attributes;
  if (subresource !== "status") throw refuse(attributes, `node ${JSON.stringify(node)} may only update the status of pods`);
  if (nodeOf(old) !== node) throw refuse(attributes, `node ${JSON.stringify(node)} can only update pod status for pods with spec.nodeName set to itself`);
  if (!deepEqual(object!.metadata.labels, old!.metadata.labels)) throw refuse(attributes, `node ${JSON.stringify(node)} cannot update labels through pod status`);
}

function checkMirrorPod(attributes: AdmissionAttributes, node: string, ctx: WriteContext): void {
  const pod = attributes.object as Pod;
  if (pod.metadata.annotations?.[MIRROR] === undefined) throw refuse(attributes, `pod does not have ${JSON.stringify(MIRROR)} annotation, node ${JSON.stringify(node)} can only create mirror pods`);
  if (nodeOf(pod) !== node) throw refuse(attributes, `node ${JSON.stringify(node)} can only create pods with spec.nodeName set to itself`);
  const owners = pod.metadata.ownerReferences ?? [];
  if (owners.length > 1) throw refuse(attributes, `node ${JSON.stringify(node)} can only create pods with a single owner reference set to itself`);
  const [owner] = owners;
  if (!owner) return;
  const own = nodeObject(ctx, node);
  const isOwn = owner.apiVersion === "v1" && owner.kind === "Node" && owner.name === node && owner.uid === own?.metadata.uid;
  if (!isOwn) throw refuse(attributes, `node ${JSON.stringify(node)} can only create pods with an owner reference set to itself`);
  if (owner.controller === false || owner.blockOwnerDeletion) throw refuse(attributes, `node ${JSON.stringify(node)} must not set blockOwnerDeletion on an owner reference`);
}

function checkNode(attributes: AdmissionAttributes, node: string): void {
  const { name, operation, object, old } = attributes;
  const of = name ?? object?.metadata.name;
  if (of !== node) throw refuse(attributes, `node ${JSON.stringify(node)} is not allowed to modify node ${JSON.stringify(of)}`);
  if (operation === "DELETE") throw refuse(attributes, `node ${JSON.stringify(node)} is not allowed to delete itself`);
  if (operation === "CREATE") refuseLabels(attributes, node, restrictedLabels(object as Node, undefined));
  if (operation !== "UPDATE") return;
  const [now, before] = [object as Node, old as Node];
  if (!deepEqual(now.spec?.taints ?? [], before.spec?.taints ?? [])) throw refuse(attributes, `node ${JSON.stringify(node)} is not allowed to modify taints`);
  if (!deepEqual(now.spec?.configSource, before.spec?.configSource)) throw refuse(attributes, `node ${JSON.stringify(node)} is not allowed to update configSource`);
  if (!deepEqual(now.metadata.ownerReferences ?? [], before.metadata.ownerReferences ?? [])) throw refuse(attributes, `node ${JSON.stringify(node)} is not allowed to modify ownerReferences`);
  refuseLabels(attributes, node, restrictedLabels(now, before));
}

function refuseLabels(attributes: AdmissionAttributes, node: string, labels: readonly string[]): void {
  if (labels.length > 0) throw refuse(attributes, `node ${JSON.stringify(node)} is not allowed to modify labels: ${labels.join(", ")}`);
}

/** Labels that an agent sets on itself, of those that Kubernetes reserves. */
const own = new Set([
  "kubernetes.io/hostname", "kubernetes.io/arch", "kubernetes.io/os", "beta.kubernetes.io/arch", "beta.kubernetes.io/os",
  "beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type", "failure-domain.beta.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone", "failure-domain.kubernetes.io/region", "failure-domain.kubernetes.io/zone",
  "topology.kubernetes.io/region", "topology.kubernetes.io/zone",
]);

function restrictedLabels(now: Node, before: Node | undefined): string[] {
  const [after, old] = [now.metadata.labels ?? {}, before?.metadata.labels ?? {}];
  const changed = [...new Set([...Object.keys(after), ...Object.keys(old)])].filter((key) => after[key] !== old[key]);
  return changed.filter(isRestricted).sort();
}

function isRestricted(key: string): boolean {
  const prefix = key.includes("/") ? key.slice(0, key.indexOf("/")) : "";
  if (within(prefix, "node-restriction.kubernetes.io")) return true;
  if (!within(prefix, "kubernetes.io") && !within(prefix, "k8s.io")) return false;
  return !own.has(key) && !within(prefix, "kubelet.kubernetes.io") && !within(prefix, "node.kubernetes.io");
}

const within = (prefix: string, domain: string): boolean => prefix === domain || prefix.endsWith(`.${domain}`);

function checkToken(attributes: AdmissionAttributes, node: string, ctx: WriteContext): void {
  if (attributes.subresource !== "token" || attributes.operation !== "CREATE") return;
  const spec = attributes.input?.spec as { boundObjectRef?: { kind?: string; apiVersion?: string; name?: string; uid?: string } } | undefined;
  const ref = spec?.boundObjectRef;
  if (ref?.kind !== "Pod" || ref.apiVersion !== "v1" || !ref.name) throw refuse(attributes, "node requested token not bound to a pod");
  if (!ref.uid) throw refuse(attributes, "node requested token with a pod binding without a uid");
  const pods = ctx.reader.kindFor("", "pods")!;
  const bound = ctx.reader.get<Pod>(pods, attributes.namespace, ref.name);
  if (!bound || bound.metadata.uid !== ref.uid) throw refuse(attributes, "node requested token bound to a pod that does not exist");
  if (nodeOf(bound) !== node) throw refuse(attributes, "node requested token bound to a pod scheduled on a different node");
}

function checkLease(attributes: AdmissionAttributes, node: string): void {
  if (attributes.namespace !== LEASES) throw refuse(attributes, `can only access leases in the ${JSON.stringify(LEASES)} system namespace`);
  if ((attributes.name ?? attributes.object?.metadata.name) !== node) throw refuse(attributes, "can only access node lease with the same name as the requesting node");
}

const nodeOf = (pod: KubeObject | undefined): string | undefined => (pod as Pod | undefined)?.spec?.nodeName;
const nodeObject = ({ reader }: WriteContext, name: string): Node | undefined => reader.get<Node>(reader.kindFor("", "nodes")!, undefined, name);
