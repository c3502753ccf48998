import { StoreError, type ObjectKey } from "../../durable/store.ts";
import type { Change, Kind } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import { requestTooLarge } from "../../lib/errors.ts";
import { storeKey } from "./catalog.ts";
import { storedForm } from "./stored-form.ts";
import type { Write } from "./write-context.ts";

/** The last step of every write: the object gets its resourceVersion and its text, and everybody concerned hears of it. */
export interface Written { object: KubeObject; json: string }

/** Takes the object over: it is shared from here on. */
export function putObject(write: Write, object: KubeObject, previous: KubeObject | undefined): Written {
  const { tx, kind } = write;
  const stored = storedForm(tx, kind, object);
  const revision = stamp(write, object, stored);
  const text = JSON.stringify(stored);
  storing(() => tx.stx.put(keyOf(kind, object), { uid: object.metadata.uid!, json: text, indexes: indexEntries(kind, object) }));
  tx.cache.remember(revision, stored, text);
  if (previous) tx.cache.forget(Number(previous.metadata.resourceVersion));
  announce(write, { type: previous ? "MODIFIED" : "ADDED", object, previous });
  return { object, json: stored === object ? text : JSON.stringify(object) };
}

/** `object` is the last state; it gets the revision of the removal. */
export function removeObject(write: Write, object: KubeObject, previous: KubeObject): Written {
  const { tx, kind } = write;
  const stored = storedForm(tx, kind, object);
  stamp(write, object, stored);
  const text = JSON.stringify(stored);
  storing(() => tx.stx.remove(keyOf(kind, object), text));
  tx.cache.forget(Number(previous.metadata.resourceVersion));
  announce(write, { type: "DELETED", object, previous });
  return { object, json: stored === object ? text : JSON.stringify(object) };
}

export const keyOf = (kind: Kind, object: KubeObject): ObjectKey =>
  ({ resource: storeKey(kind), namespace: object.metadata.namespace ?? "", name: object.metadata.name! });

function stamp({ tx }: Write, ...forms: KubeObject[]): number {
  const revision = tx.stx.nextRevision();
  tx.cache.aboutToWrite(revision);
  for (const { metadata } of forms) metadata.resourceVersion = `${revision}`;
  return revision;
}

function announce(write: Write, change: Change): void {
  write.kind.strategy?.afterWrite?.(change, write);
  write.host.onChange(change, write.kind, write.tx);
}

function indexEntries(kind: Kind, object: KubeObject): [string, string][] {
  const entries: [string, string][] = [];
  for (const owner of object.metadata.ownerReferences ?? []) entries.push(["owner", owner.uid]);
  for (const path of kind.indexedFields ?? []) {
    const value = kind.selectableFields?.[path]?.(object);
    if (value) entries.push([`${storeKey(kind)}:${path}`, value]);
  }
  if (kind.indexes) {
    for (const [path, valueOf] of Object.entries(kind.indexes)) {
      const value = valueOf(object);
      if (value !== undefined) entries.push([`${storeKey(kind)}:${path}`, value]);
    }
  }
  return entries;
}

function storing(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (error instanceof StoreError && error.code === "too-large") throw requestTooLarge("etcdserver: request is too large");
    throw error;
  }
}
