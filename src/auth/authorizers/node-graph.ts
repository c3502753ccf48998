import type { KubeObject } from "../../kinds/object.ts";
import type { Reader } from "../../kinds/transaction.ts";
import { podReferences, type PodReferences } from "./pod-references.ts";

/**
 * Is an object needed by a pod of a node? Asked of the pods themselves, so there is no graph to keep up to date. The
 * pod that gave the last answer is remembered and asked first: a node reads the same things again and again.
 */
export function isRelated(reader: Reader, node: string, resource: string, namespace: string, name: string): boolean {
  switch (resource) {
    case "pods": return podOn(reader, node, namespace, name) !== undefined;
    case "persistentvolumes": return claimOf(reader, name).some((claim) => isReferenced(reader, node, "persistentvolumeclaims", claim.namespace, claim.name));
    case "volumeattachments": return nodeNameOf(reader, "storage.k8s.io", resource, name) === node;
    case "resourceslices": return nodeNameOf(reader, "resource.k8s.io", resource, name) === node;
    case "podcertificaterequests": return nodeNameOf(reader, "certificates.k8s.io", resource, name, namespace) === node;
    case "secrets":
      return isReferenced(reader, node, "secrets", namespace, name) || volumesUse(reader, node, namespace, name);
    default: return isReferenced(reader, node, resource as keyof PodReferences, namespace, name);
  }
}

const HINTS_MAX = 10_000;
const hints = new WeakMap<object, Map<string, string>>();

function isReferenced(reader: Reader, node: string, resource: keyof PodReferences, namespace: string, name: string): boolean {
  const remembered = hintsOf(reader);
  const key = `${node}\0${resource}\0${namespace}\0${name}`;
  const hint = remembered?.get(key);
  const hinted = hint === undefined ? undefined : podOn(reader, node, namespace, hint);
  if (hinted && podReferences(hinted)[resource].has(name)) return true;
  const pod = podsOn(reader, node, namespace).find((candidate) => podReferences(candidate)[resource].has(name));
  if (pod && remembered) {
    if (remembered.size >= HINTS_MAX) remembered.clear();
    remembered.set(key, pod.metadata.name!);
  }
  return pod !== undefined;
}

function hintsOf(reader: Reader): Map<string, string> | undefined {
  if (!reader.scope) return undefined;
  let map = hints.get(reader.scope);
  if (!map) hints.set(reader.scope, map = new Map());
  return map;
}

function podOn(reader: Reader, node: string, namespace: string, name: string): KubeObject | undefined {
  const kind = reader.kindFor("", "pods");
  const pod = kind && reader.get<KubeObject>(kind, namespace, name);
  return pod && nodeName(pod) === node ? pod : undefined;
}

function podsOn(reader: Reader, node: string, namespace?: string): KubeObject[] {
  const kind = reader.kindFor("", "pods");
  return kind ? reader.list<KubeObject>(kind, { namespace, field: { path: "spec.nodeName", value: node } }) : [];
}

const nodeName = (obj: KubeObject): unknown => (obj.spec as { nodeName?: unknown } | undefined)?.nodeName;

function nodeNameOf(reader: Reader, group: string, resource: string, name: string, namespace?: string): unknown {
  const kind = reader.kindFor(group, resource);
  const object = kind && reader.get<KubeObject>(kind, namespace, name);
  return object && nodeName(object);
}

interface Claim { namespace: string; name: string }

function claimOf(reader: Reader, volume: string): Claim[] {
  const kind = reader.kindFor("", "persistentvolumes");
  const object = kind && reader.get<KubeObject>(kind, undefined, volume);
  const claim = (object?.spec as { claimRef?: Partial<Claim> } | undefined)?.claimRef;
  return claim?.namespace && claim.name ? [{ namespace: claim.namespace, name: claim.name }] : [];
}

/** Secrets that a bound volume of a pod of this node needs, such as the ones of a CSI driver. */
function volumesUse(reader: Reader, node: string, namespace: string, secret: string): boolean {
  const claims = reader.kindFor("", "persistentvolumeclaims");
  const volumes = reader.kindFor("", "persistentvolumes");
  if (!claims || !volumes) return false;
  return podsOn(reader, node).some((pod) => [...podReferences(pod).persistentvolumeclaims].some((name) => {
    const claim = reader.get<KubeObject>(claims, pod.metadata.namespace, name);
    const bound = (claim?.spec as { volumeName?: string } | undefined)?.volumeName;
    const volume = bound ? reader.get<KubeObject>(volumes, undefined, bound) : undefined;
    return volume !== undefined && volumeSecrets(volume).some((ref) => ref.namespace === namespace && ref.name === secret);
  }));
}

function volumeSecrets(volume: KubeObject): Claim[] {
  const spec = (volume.spec ?? {}) as Record<string, any>;
  const csi = spec.csi ?? {};
  const sources = [
    csi.controllerPublishSecretRef, csi.nodePublishSecretRef, csi.nodeStageSecretRef, csi.controllerExpandSecretRef, csi.nodeExpandSecretRef,
    ...["cephfs", "cinder", "flexVolume", "rbd", "scaleIO", "iscsi", "storageos"].map((type) => spec[type]?.secretRef),
    spec.azureFile && { name: spec.azureFile.secretName, namespace: spec.azureFile.secretNamespace },
  ];
  return sources.filter(Boolean).map((ref) => ({ namespace: ref.namespace ?? spec.claimRef?.namespace, name: ref.name }));
}
