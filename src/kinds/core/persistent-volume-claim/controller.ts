import { itself, splitKey, type Controller } from "../../../controllers/controller.ts";
import type { Transaction } from "../../transaction.ts";
import type { PersistentVolumeClaim, Pod } from "../../types/core-v1.generated.ts";
import { pod } from "../pod/kind.ts";
import { isTerminal } from "../pod/readiness.ts";
import { persistentVolumeClaim } from "./kind.ts";

const CLAIM_PROTECTION = "kubernetes.io/pvc-protection";

/** A claim that is being deleted stays as long as a pod uses it, so that no pod loses its data. */
export const claimProtectionController: Controller = {
  name: "pvc-protection-controller",
  watches: [
    itself(persistentVolumeClaim),
    { kind: pod, keys: ({ type, object }) => (type === "DELETED" || isTerminal(object) ? claimsOf(object) : []) },
  ],
  reconcile(tx, key) {
    const { namespace, name } = splitKey(key);
    const claim = tx.get(persistentVolumeClaim, namespace, name);
    if (!claim?.metadata.deletionTimestamp || !claim.metadata.finalizers?.includes(CLAIM_PROTECTION) || isUsed(tx, claim)) return;
    tx.update(persistentVolumeClaim, namespace, name, (draft) => { draft.metadata.finalizers = draft.metadata.finalizers?.filter((f) => f !== CLAIM_PROTECTION); });
  },
};

function claimsOf({ metadata, spec }: Pod): string[] {
  return (spec?.volumes ?? []).flatMap((volume) => {
    const name = volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral && `${metadata.name}-${volume.name}`);
    return name ? [`${metadata.namespace}/${name}`] : [];
  });
}

/** A pod without a node uses nothing yet; a finished one uses its volumes until its containers are gone. */
function isUsed(tx: Transaction, claim: PersistentVolumeClaim): boolean {
  const key = `${claim.metadata.namespace}/${claim.metadata.name}`;
  return tx.list(pod, { namespace: claim.metadata.namespace! }).some((p) => p.spec?.nodeName && !isTerminal(p) && claimsOf(p).includes(key));
}
