import type { Change, Kind } from "../../kinds/kind.ts";
import type { KubeObject, OwnerReference } from "../../kinds/object.ts";
import type { Reader, Transaction } from "../../kinds/transaction.ts";
import type { Controller } from "../controller.ts";

const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";
const ROUND = 100;

/**
 * Cascading deletion. Two kinds of keys: `dependents/<uid>` looks at what a gone owner leaves behind, `owner/<address>` at an
 * object that waits, by one of the two finalizers, for its dependents to be deleted (foreground) or let go (orphan).
 * Owners are looked up where their references say, and count only with the right uid.
 */
export const garbageCollector: Controller = {
  name: "garbage-collector-controller",
  watches: [{ kind: "*", keys: affected }],
  reconcile(tx, key) {
    const [task, ...rest] = key.split("/");
    const moreWork = task === "dependents" ? collectDependents(tx, rest[0]!) : finishOwner(tx, rest);
    if (moreWork) return { requeueAfterMs: 0 };
  },
};

function* affected(change: Change, reader: Reader): Iterable<string> {
  const { object } = change;
  const { metadata } = object;
  if (change.type === "DELETED") {
    yield `dependents/${metadata.uid}`;
    for (const owner of metadata.ownerReferences ?? []) yield* waiting(reader, metadata.namespace, owner);
    return;
  }
  if (metadata.deletionTimestamp && metadata.finalizers?.some((finalizer) => finalizer === ORPHAN || finalizer === FOREGROUND)) yield ownerKey(object);
  // References that were given only now may point at what is gone already.
  if (change.previous && sameOwners(change.previous, object)) return;
  for (const owner of metadata.ownerReferences ?? []) if (stateOf(reader, metadata.namespace, owner) !== "solid") yield `dependents/${owner.uid}`;
  for (const former of change.previous?.metadata.ownerReferences ?? []) yield* waiting(reader, metadata.namespace, former);
}

function* waiting(reader: Reader, namespace: string | undefined, reference: OwnerReference): Iterable<string> {
  const owner = resolve(reader, namespace, reference);
  if (owner?.object.metadata.deletionTimestamp && owner.object.metadata.finalizers?.includes(FOREGROUND)) yield ownerKey(owner.object);
}

/** Deletes what has no owner left; where another one stands, only the reference to the gone one is removed. */
function collectDependents(tx: Transaction, uid: string): boolean {
  const dependents = tx.ownedBy(uid);
  for (const dependent of dependents.slice(0, ROUND)) collect(tx, dependent);
  return dependents.length > ROUND;
}

function collect(tx: Transaction, dependent: KubeObject): void {
  const { metadata } = dependent;
  const kind = tx.kindOf(dependent);
  if (!kind) return;
  const states = (metadata.ownerReferences ?? []).map((owner) => ({ owner, state: stateOf(tx, metadata.namespace, owner) }));
  const solid = states.filter(({ state }) => state === "solid").map(({ owner }) => owner);
  if (solid.length > 0) {
    if (solid.length < states.length) setOwners(tx, kind, dependent, solid);
    return;
  }
  if (metadata.deletionTimestamp || states.length === 0) return;
  const waits = states.some(({ state }) => state === "waiting") && tx.ownedBy(metadata.uid!).length > 0;
  tx.delete(kind, metadata.namespace, metadata.name!, { preconditions: { uid: metadata.uid }, propagationPolicy: waits ? "Foreground" : policyOf(dependent) });
}

function finishOwner(tx: Transaction, [group, version, kindName, namespace, name]: readonly string[]): boolean {
  const kind = tx.kindOf({ apiVersion: group ? `${group}/${version}` : version!, kind: kindName! });
  const owner = kind && tx.get(kind, namespace || undefined, name!);
  if (!kind || !owner?.metadata.deletionTimestamp) return false;
  if (owner.metadata.finalizers?.includes(ORPHAN)) return orphanDependents(tx, kind, owner);
  if (owner.metadata.finalizers?.includes(FOREGROUND)) return deleteDependents(tx, kind, owner);
  return false;
}

function orphanDependents(tx: Transaction, kind: Kind, owner: KubeObject): boolean {
  const dependents = tx.ownedBy(owner.metadata.uid!);
  for (const dependent of dependents.slice(0, ROUND)) {
    const dependentKind = tx.kindOf(dependent);
    if (dependentKind) setOwners(tx, dependentKind, dependent, (dependent.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== owner.metadata.uid));
  }
  if (dependents.length > ROUND) return true;
  removeFinalizer(tx, kind, owner, ORPHAN);
  return false;
}

function deleteDependents(tx: Transaction, kind: Kind, owner: KubeObject): boolean {
  const dependents = tx.ownedBy(owner.metadata.uid!);
  const blocks = (dependent: KubeObject) => dependent.metadata.ownerReferences?.some((reference) => reference.uid === owner.metadata.uid && reference.blockOwnerDeletion);
  if (!dependents.some(blocks)) {
    removeFinalizer(tx, kind, owner, FOREGROUND);
    return false;
  }
  const fresh = dependents.filter((dependent) => !dependent.metadata.deletionTimestamp);
  for (const dependent of fresh.slice(0, ROUND)) collect(tx, dependent);
  return fresh.length > ROUND;
}

type OwnerState = "solid" | "waiting" | "absent";

function stateOf(reader: Reader, namespace: string | undefined, reference: OwnerReference): OwnerState {
  const owner = resolve(reader, namespace, reference);
  if (!owner) return "absent";
  const { deletionTimestamp, finalizers } = owner.object.metadata;
  return deletionTimestamp && finalizers?.includes(FOREGROUND) ? "waiting" : "solid";
}

/** A namespaced owner is looked for only in the dependent's own namespace. */
function resolve(reader: Reader, namespace: string | undefined, reference: OwnerReference): { kind: Kind; object: KubeObject } | undefined {
  const kind = reader.kindOf(reference);
  if (!kind || (kind.scope === "Namespaced" && !namespace)) return undefined;
  const object = reader.get(kind, kind.scope === "Namespaced" ? namespace : undefined, reference.name);
  return object?.metadata.uid === reference.uid ? { kind, object } : undefined;
}

/** owner/GROUP/VERSION/KIND/NAMESPACE/NAME, with empty parts for the core group and cluster-scoped objects. */
function ownerKey(object: KubeObject): string {
  const [version, group = ""] = object.apiVersion.split("/").reverse();
  return ["owner", group, version, object.kind, object.metadata.namespace ?? "", object.metadata.name].join("/");
}

function setOwners(tx: Transaction, kind: Kind, dependent: KubeObject, owners: readonly OwnerReference[]): void {
  tx.update(kind, dependent.metadata.namespace, dependent.metadata.name!, (draft) => {
    if (owners.length > 0) draft.metadata.ownerReferences = [...owners];
    else delete draft.metadata.ownerReferences;
  });
}

function removeFinalizer(tx: Transaction, kind: Kind, owner: KubeObject, finalizer: string): void {
  tx.update(kind, owner.metadata.namespace, owner.metadata.name!, (draft) => {
    draft.metadata.finalizers = draft.metadata.finalizers?.filter((present: string) => present !== finalizer);
  });
}

function policyOf(dependent: KubeObject): "Background" | "Foreground" | "Orphan" {
  if (dependent.metadata.finalizers?.includes(ORPHAN)) return "Orphan";
  return dependent.metadata.finalizers?.includes(FOREGROUND) ? "Foreground" : "Background";
}

function sameOwners(a: KubeObject, b: KubeObject): boolean {
  const uids = (object: KubeObject) => (object.metadata.ownerReferences ?? []).map((owner) => owner.uid).join();
  return uids(a) === uids(b);
}
