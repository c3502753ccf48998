import { controllerReference } from "../../../controllers/ownership.ts";
import { deepEqual } from "../../../lib/deep-equal.ts";
import { pod as podKind } from "../../core/pod/kind.ts";
import type { Kind } from "../../kind.ts";
import type { OwnerReference } from "../../object.ts";
import type { Transaction } from "../../transaction.ts";
import type { StatefulSet } from "../../types/apps-v1.generated.ts";
import type { PersistentVolumeClaim, Pod } from "../../types/core-v1.generated.ts";
import { claimName, ordinalOf } from "./identity.ts";
import { statefulSet as statefulSetKind } from "./kind.ts";
import { isCondemned } from "./plan.ts";

const claimKindOf = (tx: Transaction): Kind<PersistentVolumeClaim> | undefined => tx.kindFor("", "persistentvolumeclaims");

/** Makes the claims of a pod's number that are not there. Returns the names of the new ones; throws if one is on its way out. */
export function createClaims(tx: Transaction, set: StatefulSet, ordinal: number): string[] {
  const kind = claimKindOf(tx);
  if (!kind) return [];
  const made: string[] = [];
  for (const template of set.spec?.volumeClaimTemplates ?? []) {
    const name = claimName(set, template.metadata?.name ?? "", ordinal);
    const there = tx.get(kind, set.metadata.namespace, name);
    if (there?.metadata.deletionTimestamp) throw new ClaimLeaving(name);
    if (there) continue;
    tx.create(kind, {
      metadata: {
        name, namespace: set.metadata.namespace,
        labels: { ...template.metadata?.labels, ...set.spec?.selector?.matchLabels },
        ...(template.metadata?.annotations && { annotations: { ...template.metadata.annotations } }),
      },
      spec: structuredClone(template.spec),
    });
    made.push(name);
  }
  return made;
}

export class ClaimLeaving extends Error {
  constructor(name: string) { super(`pvc ${name} is being deleted`); }
}

/** Makes claims go with the set, or with a pod that is scaled away, where the retention policy says so. */
export function ownClaims(tx: Transaction, set: StatefulSet, pods: readonly Pod[]): void {
  const kind = claimKindOf(tx);
  if (!kind) return;
  for (const pod of pods) {
    const owners = claimOwners(set, pod);
    for (const template of set.spec?.volumeClaimTemplates ?? []) {
      const claim = tx.get(kind, set.metadata.namespace, claimName(set, template.metadata?.name ?? "", ordinalOf(set, pod)!));
      if (!claim || claim.metadata.deletionTimestamp) continue;
      const others = (claim.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== set.metadata.uid && uid !== pod.metadata.uid);
      if (deepEqual([...others, ...owners], claim.metadata.ownerReferences ?? [])) continue;
      tx.update(kind, claim.metadata.namespace, claim.metadata.name!, (draft) => { draft.metadata.ownerReferences = [...others, ...owners]; });
    }
  }
}

function claimOwners(set: StatefulSet, pod: Pod): OwnerReference[] {
  const { whenDeleted, whenScaled } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  if (whenScaled === "Delete" && isCondemned(set, pod)) return [controllerReference(podKind, pod)];
  return whenDeleted === "Delete" ? [controllerReference(statefulSetKind, set)] : [];
}
