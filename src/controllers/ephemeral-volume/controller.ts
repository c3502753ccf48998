import { persistentVolumeClaim } from "../../kinds/core/persistent-volume-claim/kind.ts";
import { pod } from "../../kinds/core/pod/kind.ts";
import type { Transaction } from "../../kinds/transaction.ts";
import type { PersistentVolumeClaim, Pod, Volume } from "../../kinds/types/core-v1.generated.ts";
import { itself, splitKey, type Controller } from "../controller.ts";
import { controllerOf, controllerReference } from "../ownership.ts";

/** Makes the claims of a pod's ephemeral volumes; the pod owns them, and they go with it. */
export const ephemeralVolumeController: Controller = {
  name: "ephemeral-volume-controller",
  watches: [{ kind: pod, keys: (change, reader) => (change.type === "ADDED" && change.object.spec?.volumes?.some((volume: Volume) => volume.ephemeral) ? itself(pod).keys(change, reader) : []) }],
  reconcile(tx, key) {
    const { namespace, name } = splitKey(key);
    const owner = tx.get(pod, namespace, name);
    if (!owner || owner.metadata.deletionTimestamp) return;
    for (const volume of owner.spec?.volumes ?? []) if (volume.ephemeral?.volumeClaimTemplate) ensureClaim(tx, owner, volume);
  },
};

function ensureClaim(tx: Transaction, owner: Pod, volume: Volume): void {
  const name = `${owner.metadata.name}-${volume.name}`;
  const existing = tx.get(persistentVolumeClaim, owner.metadata.namespace, name);
  if (existing) {
    if (controllerOf(existing)?.uid === owner.metadata.uid) return;
    throw new Error(`PVC ${owner.metadata.namespace}/${name} was not created for pod ${owner.metadata.namespace}/${owner.metadata.name} (pod is not owner)`);
  }
  const template = volume.ephemeral!.volumeClaimTemplate!;
  tx.create<PersistentVolumeClaim>(persistentVolumeClaim, {
    metadata: {
      name, namespace: owner.metadata.namespace!, labels: template.metadata?.labels, annotations: template.metadata?.annotations,
      ownerReferences: [controllerReference(pod, owner)],
    },
    spec: template.spec,
  });
}
