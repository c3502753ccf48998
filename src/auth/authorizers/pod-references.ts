import type { KubeObject } from "../../kinds/object.ts";

/** What a pod needs to read, so that its node may: names in the pod's namespace. Matches upstream's VisitPodSecretNames and the like. */
export interface PodReferences {
  serviceaccounts: ReadonlySet<string>;
  secrets: ReadonlySet<string>;
  configmaps: ReadonlySet<string>;
  persistentvolumeclaims: ReadonlySet<string>;
  resourceclaims: ReadonlySet<string>;
}

type Json = Record<string, any>;
const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

export function podReferences(pod: KubeObject): PodReferences {
  const found = {
    serviceaccounts: new Set<string>(), secrets: new Set<string>(), configmaps: new Set<string>(),
    persistentvolumeclaims: new Set<string>(), resourceclaims: new Set<string>(),
  };
  // A node creates mirror pods itself: they must not open anything to it.
  if (pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) return found;
  const spec = (pod.spec ?? {}) as Json;
  add(found.serviceaccounts, spec.serviceAccountName);
  for (const secret of list(spec.imagePullSecrets)) add(found.secrets, secret.name);
  for (const container of [...list(spec.initContainers), ...list(spec.containers), ...list(spec.ephemeralContainers)]) {
    fromEnvironment(container, found.secrets, found.configmaps);
  }
  for (const volume of list(spec.volumes)) {
    fromVolume(volume, found.secrets, found.configmaps);
    add(found.persistentvolumeclaims, volume.persistentVolumeClaim?.claimName);
    if (volume.ephemeral) add(found.persistentvolumeclaims, `${pod.metadata.name}-${volume.name}`);
  }
  for (const claim of list(spec.resourceClaims)) add(found.resourceclaims, claim.resourceClaimName);
  const status = (pod.status ?? {}) as Json;
  for (const claim of list(status.resourceClaimStatuses)) add(found.resourceclaims, claim.resourceClaimName);
  add(found.resourceclaims, status.extendedResourceClaimStatus?.resourceClaimName);
  return found;
}

function fromEnvironment(container: Json, secrets: Set<string>, configmaps: Set<string>): void {
  for (const source of list(container.envFrom)) {
    add(secrets, source.secretRef?.name);
    add(configmaps, source.configMapRef?.name);
  }
  for (const variable of list(container.env)) {
    add(secrets, variable.valueFrom?.secretKeyRef?.name);
    add(configmaps, variable.valueFrom?.configMapKeyRef?.name);
  }
}

function fromVolume(volume: Json, secrets: Set<string>, configmaps: Set<string>): void {
  add(secrets, volume.secret?.secretName);
  add(configmaps, volume.configMap?.name);
  add(secrets, volume.azureFile?.secretName);
  add(secrets, volume.csi?.nodePublishSecretRef?.name);
  for (const type of ["cephfs", "cinder", "flexVolume", "rbd", "scaleIO", "iscsi", "storageos"]) add(secrets, volume[type]?.secretRef?.name);
  for (const source of list(volume.projected?.sources)) {
    add(secrets, source.secret?.name);
    add(configmaps, source.configMap?.name);
  }
}

const list = (value: unknown): Json[] => (Array.isArray(value) ? value : []);
function add(set: Set<string>, name: unknown): void { if (typeof name === "string" && name !== "") set.add(name); }
