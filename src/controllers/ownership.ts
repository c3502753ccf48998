import type { Kind } from "../kinds/kind.ts";
import type { KubeObject, OwnerReference } from "../kinds/object.ts";
import { ORPHAN_INDEX } from "../kinds/orphan-index.ts";
import type { Transaction } from "../kinds/transaction.ts";
import { labelSelectorOf, matchesLabels, type LabelSelectorObject } from "../kinds/values/label-selector.ts";

/** The reference by which a controller owns what it makes. */
export function controllerReference(kind: Kind, owner: KubeObject): OwnerReference {
  const { version, group = kind.group } = kind.versions[0];
  return {
    apiVersion: group ? `${group}/${version}` : version,
    kind: kind.kind,
    name: owner.metadata.name!,
    uid: owner.metadata.uid!,
    controller: true,
    blockOwnerDeletion: true,
  };
}

export const controllerOf = (obj: KubeObject): OwnerReference | undefined => obj.metadata.ownerReferences?.find((owner) => owner.controller);

/**
 * The objects that an owner controls by its selector. Matching objects without a controller are adopted, and owned ones
 * that no longer match are released, unless the owner is going away. `accepts` says what it wants beyond its selector.
 */
export function claim<T extends KubeObject>(
  tx: Transaction, owner: { kind: Kind; object: KubeObject; selector: LabelSelectorObject | undefined }, kind: Kind<T>, accepts: (object: T) => boolean = () => true,
): T[] {
  const { object } = owner;
  const selector = labelSelectorOf(owner.selector);
  const leaving = Boolean(object.metadata.deletionTimestamp);
  const claimed: T[] = [];
  for (const owned of tx.ownedBy(object.metadata.uid!, kind)) {
    if (controllerOf(owned)?.uid !== object.metadata.uid) continue;
    if (matchesLabels(selector, owned.metadata.labels) && accepts(owned)) claimed.push(owned);
    else if (!leaving) release(tx, kind, owned, object.metadata.uid!);
  }
  if (leaving) return claimed;
  for (const orphan of tx.list(kind, { field: { path: ORPHAN_INDEX, value: object.metadata.namespace! } })) {
    if (orphan.metadata.deletionTimestamp || !matchesLabels(selector, orphan.metadata.labels) || !accepts(orphan)) continue;
    const adopted = tx.update(kind, orphan.metadata.namespace, orphan.metadata.name!, (draft) => {
      draft.metadata.ownerReferences = [...(draft.metadata.ownerReferences ?? []), controllerReference(owner.kind, object)];
    });
    if (adopted) claimed.push(adopted);
  }
  return claimed;
}

function release(tx: Transaction, kind: Kind, owned: KubeObject, ownerUid: string): void {
  tx.update(kind, owned.metadata.namespace, owned.metadata.name!, (draft) => {
    draft.metadata.ownerReferences = draft.metadata.ownerReferences?.filter((reference: OwnerReference) => reference.uid !== ownerUid);
  });
}
