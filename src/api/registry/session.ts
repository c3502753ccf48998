import type { StoredObject, StoreTransaction } from "../../durable/store.ts";
import type { Kind, UserInfo } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { DeleteOptions, ListOptions, Transaction, WriteOptions } from "../../kinds/transaction.ts";
import { matchesLabels } from "../../kinds/values/label-selector.ts";
import { deepEqual } from "../../lib/deep-equal.ts";
import { notFound } from "../../lib/errors.ts";
import { Suspended, type OutboundAnswer, type OutboundCall } from "../../lib/outbound.ts";
import type { RegistryHost } from "../registry.ts";
import { runAction } from "./action.ts";
import { storeKey, subjectOf } from "./catalog.ts";
import { createObject } from "./create-object.ts";
import { deleteObject } from "./delete-object.ts";
import type { EventAbout } from "./event-recorder.ts";
import { trackUpdate } from "./field-tracking.ts";
import type { Machinery } from "./machinery.ts";
import type { ObjectCache } from "./object-cache.ts";
import { isCurrent, readFormAtOnce, readForms } from "./stored-form.ts";
import { updateObject, type Existing, type View } from "./update-object.ts";
import { Write } from "./write-context.ts";
import { parseJson } from "../../lib/json.ts";

/** As whom controllers write: upstream's controller manager, beyond the reach of RBAC. */
const SYSTEM: UserInfo = { username: "system:kube-controller-manager", groups: ["system:masters", "system:authenticated"] };
const SYSTEM_MANAGER = "kube-controller-manager";

/** `Transaction` over a store transaction. It holds no state of its own, so one lives as long as its StoreTransaction. */
export class Session implements Transaction {
  readonly machinery: Machinery;
  readonly stx: StoreTransaction;
  readonly cache: ObjectCache;

  constructor(machinery: Machinery, stx: StoreTransaction) {
    this.machinery = machinery;
    this.stx = stx;
    this.cache = machinery.cache;
  }

  get nowMs(): number { return this.machinery.host.nowMs(); }
  get isRepeated(): boolean { return this.machinery.host.outside?.isRepeated ?? false; }
  get scope(): object { return this.machinery; }

  get<T extends KubeObject>(kind: Kind<T>, namespace: string | undefined, name: string): T | undefined {
    const row = this.row(kind, namespace, name);
    return row && this.#seen<T>(kind, row);
  }

  list<T extends KubeObject>(kind: Kind<T>, options: ListOptions = {}): T[] {
    const { namespace, labels } = options;
    const found: T[] = [];
    for (const row of this.#rows(kind, options)) {
      if (namespace !== undefined && row.namespace !== namespace) continue;
      const object = this.#seen<T>(kind, row);
      if (!labels || matchesLabels(labels, object.metadata.labels)) found.push(object);
    }
    return found;
  }

  count(kind: Kind, namespace?: string): number {
    return this.stx.count(storeKey(kind), namespace);
  }

  indexValues(kind: Kind, path: string, prefix = ""): Iterable<string> {
    return this.stx.indexValues(`${storeKey(kind)}:${path}`, prefix);
  }

  stateOf(kind: Kind, namespace: string | undefined, name: string): string | undefined {
    const found = this.stx.peek({ resource: storeKey(kind), namespace: namespace ?? "", name });
    // A revision that was rolled back is given out again.
    return found && `${found.uid}/${found.revision}/${this.cache.rewinds}`;
  }

  ownedBy<T extends KubeObject>(uid: string, kind?: Kind<T>): T[] {
    return Array.from(this.stx.byIndex("owner", uid, kind && storeKey(kind)), (row) => this.cache.parse(row) as T);
  }

  kindOf(ref: { apiVersion: string; kind: string }): Kind | undefined { return this.machinery.catalog.kindOf(this, ref); }
  kindFor(group: string, resource: string): Kind | undefined { return this.machinery.catalog.kindFor(this, group, resource); }
  kindsIn(namespace: string): Kind[] { return this.stx.resourcesIn(namespace).flatMap((key) => this.machinery.catalog.stored(this, key) ?? []); }

  create<T extends KubeObject>(kind: Kind<T>, obj: Partial<T>, options: WriteOptions = {}): T {
    const draft = parseJson(JSON.stringify({ ...typeOf(kind), ...obj, metadata: obj.metadata ?? {} })) as KubeObject;
    const write = this.#write(kind, options);
    return createObject(write, draft, (created) => trackUpdate(write, created, undefined)).object as T;
  }

  update<T extends KubeObject>(kind: Kind<T>, namespace: string | undefined, name: string, change: (draft: T) => void, options: WriteOptions & { subresource?: string } = {}): T | undefined {
    const existing = this.existing(kind, namespace, name);
    if (!existing) return undefined;
    const draft = parseJson(existing.json) as T;
    change(draft);
    if (deepEqual(draft, existing.object)) return existing.object as T;
    const write = this.#write(kind, options, options.subresource);
    const view = options.subresource === undefined ? undefined : viewOf(kind, options.subresource);
    return updateObject(write, existing, plain(draft), { view, track: (obj, old) => trackUpdate(write, obj, old) }).object as T;
  }

  delete(kind: Kind, namespace: string | undefined, name: string, options: DeleteOptions = {}): void {
    const existing = this.existing(kind, namespace, name);
    if (existing) deleteObject(this.#write(kind, options), existing, options);
  }

  act(kind: Kind, namespace: string | undefined, name: string, subresource: string, input: KubeObject, options: WriteOptions = {}): void {
    const existing = this.existing(kind, namespace, name);
    if (!existing) throw notFound(subjectOf(kind, name));
    runAction(this.#write(kind, options, subresource), existing.object, input);
  }

  enqueue(controller: string, key: string, dueMs?: number): void {
    this.machinery.host.enqueue(this.stx, controller, key, dueMs);
  }

  event(about: KubeObject, event: EventAbout): void {
    this.machinery.events.record(this, about, event);
  }

  outbound(calls: readonly OutboundCall[]): OutboundAnswer[] {
    return this.#outside(calls).answers(calls);
  }

  outboundIfKnown(calls: readonly OutboundCall[], about: object): OutboundAnswer[] | undefined {
    return this.#outside(calls).answersIfKnown(calls, about);
  }

  uuid(of?: string): string { return this.machinery.host.uuid(of); }
  random(): number { return this.machinery.host.random(); }

  row(kind: Kind, namespace: string | undefined, name: string): StoredObject | undefined {
    return this.stx.get({ resource: storeKey(kind), namespace: namespace ?? "", name });
  }

  existing(kind: Kind, namespace: string | undefined, name: string): Existing | undefined {
    const row = this.row(kind, namespace, name);
    return row && this.formOf(kind, row);
  }

  /** As the kind's first version has it. */
  formOf(kind: Kind, row: StoredObject): Existing {
    if (!isCurrent(kind, row)) return { ...readForms(this, kind, [row])[0]!, revision: row.revision };
    const { cache } = this;
    let object: KubeObject | undefined;
    // Made when somebody looks: a GET serves the text alone, a selector sees the object alone.
    return { get object() { return object ??= cache.parse(row); }, get json() { return row.json; }, revision: row.revision };
  }

  #rows(kind: Kind, { namespace, field }: ListOptions): Iterable<StoredObject> {
    if (!field) return this.stx.list(storeKey(kind), { namespace, lazy: true });
    if (!kind.indexedFields?.includes(field.path) && !kind.indexes?.[field.path]) throw new Error(`${storeKey(kind)} has no index on ${field.path}`);
    return this.stx.byIndex(`${storeKey(kind)}:${field.path}`, field.value, storeKey(kind));
  }

  /** For those who only look: kinds' functions and controllers. */
  #seen<T extends KubeObject>(kind: Kind<T>, row: StoredObject): T {
    return (isCurrent(kind, row) ? this.cache.parse(row) : readFormAtOnce(this, kind, row).object) as T;
  }

  #outside(calls: readonly OutboundCall[]): NonNullable<RegistryHost["outside"]> {
    const { outside } = this.machinery.host;
    if (!outside) throw new Suspended(calls);
    return outside;
  }

  #write(kind: Kind, options: WriteOptions, subresource?: string): Write {
    return new Write(this, { kind, user: options.as ?? SYSTEM, fieldManager: options.fieldManager ?? SYSTEM_MANAGER, subresource, isAdmitted: options.admitted === true });
  }
}

function viewOf(kind: Kind, subresource: string): View {
  const view = kind.subresources?.[subresource];
  if (view?.type !== "view") throw new Error(`${storeKey(kind)} has no view ${subresource}`);
  return view;
}

const typeOf = (kind: Kind) => {
  const version = kind.versions[0];
  return { apiVersion: kind.group ? `${kind.group}/${version.version}` : version.version, kind: kind.kind };
};

/** Drafts may share parts with what was read, and may hold undefined members: JSON has neither. */
const plain = (draft: KubeObject): KubeObject => parseJson(JSON.stringify(draft)) as KubeObject;
