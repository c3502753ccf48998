import { deepEqual } from "../../lib/deep-equal.ts";
import { ApiError } from "../../lib/errors.ts";
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
    return task === "dependents" ? collectDependents(tx, rest[0]!) : finishOwner(tx, rest);
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
  for (const owner of metadata.ownerReferences ?? []) if (["absent", "waiting"].includes(stateOf(reader, metadata.namespace, owner))) yield `dependents/${owner.uid}`;
  for (const former of change.previous?.metadata.ownerReferences ?? []) yield* waiting(reader, metadata.namespace, former);
}

function* waiting(reader: Reader, namespace: string | undefined, reference: OwnerReference): Iterable<string> {
  const owner = resolve(reader, namespace, reference);
  if (owner && isWaiting(owner.object)) yield ownerKey(owner.object);
}

/** What is left to be done: nothing, more of the same, or once more what was refused. */
type Rest = { requeueAfterMs: number } | "retry" | void;
const MORE = { requeueAfterMs: 0 };

/** Deletes what has no owner left; where another one stands, only the reference to the gone one is removed. */
function collectDependents(tx: Transaction, uid: string): Rest {
  return inRounds(tx.ownedBy(uid), (dependent) => collect(tx, dependent));
}

/** Until a round is full; `act` tells whether it did anything. Whom admission protects does not protect the others. */
function inRounds(objects: readonly KubeObject[], act: (object: KubeObject) => boolean): Rest {
  let left = ROUND;
  let refused = false;
  for (const object of objects) {
    try {
      if (act(object) && --left === 0) return MORE;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refused = true;
    }
  }
  if (refused) return "retry";
}

function collect(tx: Transaction, dependent: KubeObject): boolean {
  const { metadata } = dependent;
  const kind = tx.kindOf(dependent);
  const states = (metadata.ownerReferences ?? []).map((owner) => ({ owner, state: stateOf(tx, metadata.namespace, owner) }));
  // An owner of a kind that nobody knows may well be there.
  if (!kind || states.length === 0 || states.some(({ state }) => state === "unknown")) return false;
  const solid = states.filter(({ state }) => state === "solid").map(({ owner }) => owner);
  if (solid.length > 0) {
    if (solid.length < states.length) setOwners(tx, kind, dependent, solid);
    return solid.length < states.length;
  }
  if (metadata.deletionTimestamp) return false;
  const dependents = states.some(({ state }) => state === "waiting") ? tx.ownedBy(metadata.uid!) : [];
  // A circle of owners that wait for each other is opened here.
  if (dependents.some((object) => isWaiting(object))) setOwners(tx, kind, dependent, metadata.ownerReferences!.map((owner) => ({ ...owner, blockOwnerDeletion: false })));
  tx.delete(kind, metadata.namespace, metadata.name!, { preconditions: { uid: metadata.uid }, propagationPolicy: dependents.length > 0 ? "Foreground" : policyOf(dependent) });
  return true;
}

function finishOwner(tx: Transaction, [group, version, kindName, namespace, name]: readonly string[]): Rest {
  const kind = tx.kindOf({ apiVersion: group ? `${group}/${version}` : version!, kind: kindName! });
  const owner = kind && tx.get(kind, namespace || undefined, name!);
  if (!kind || !owner?.metadata.deletionTimestamp) return;
  if (owner.metadata.finalizers?.includes(ORPHAN)) return orphanDependents(tx, kind, owner);
  if (owner.metadata.finalizers?.includes(FOREGROUND)) return deleteDependents(tx, kind, owner);
}

function orphanDependents(tx: Transaction, kind: Kind, owner: KubeObject): Rest {
  const rest = inRounds(tx.ownedBy(owner.metadata.uid!), (dependent) => {
    const dependentKind = tx.kindOf(dependent);
    if (dependentKind) setOwners(tx, dependentKind, dependent, (dependent.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== owner.metadata.uid));
    return dependentKind !== undefined;
  });
  if (!rest) removeFinalizer(tx, kind, owner, ORPHAN);
  return rest;
}

function deleteDependents(tx: Transaction, kind: Kind, owner: KubeObject): Rest {
  const dependents = tx.ownedBy(owner.metadata.uid!);
  const blocks = (dependent: KubeObject) => dependent.metadata.ownerReferences?.some((reference) => reference.uid === owner.metadata.uid && reference.blockOwnerDeletion);
  if (dependents.some(blocks)) return inRounds(dependents, (dependent) => collect(tx, dependent));
  removeFinalizer(tx, kind, owner, FOREGROUND);
}

/** "unknown": references of kinds that do not exist, and of namespaced owners by objects without a namespace, are not followed. */
type OwnerState = "solid" | "waiting" | "absent" | "unknown";

function stateOf(reader: Reader, namespace: string | undefined, reference: OwnerReference): OwnerState {
  const kind = reader.kindOf(reference);
  if (!kind || (kind.scope === "Namespaced" && !namespace)) return "unknown";
  const owner = resolve(reader, namespace, reference);
  if (!owner) return "absent";
  return isWaiting(owner.object) ? "waiting" : "solid";
}

const isWaiting = ({ metadata }: KubeObject): boolean => Boolean(metadata.deletionTimestamp && metadata.finalizers?.includes(FOREGROUND));

/** A namespaced owner is looked for only in the dependent's own namespace. */
function resolve(reader: Reader, namespace: string | undefined, reference: OwnerReference): { kind: Kind; object: KubeObject } | undefined {
  const kind = reader.kindOf(reference);
  if (!kind) return undefined;
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
  return deepEqual(a.metadata.ownerReferences ?? [], b.metadata.ownerReferences ?? []);
}
