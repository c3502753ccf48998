import type { OutboundAnswer, OutboundCall } from "../lib/outbound.ts";
import type { Kind, UserInfo } from "./kind.ts";
import type { KubeObject } from "./object.ts";
import type { LabelSelector } from "./values/label-selector.ts";

/**
 * The cluster's state as kinds, admission, controllers and the scheduler see it. Everything is synchronous, and all
 * of one transaction commits or nothing does. What a read returns is shared: never change it; `update` takes a copy.
 */
export interface Reader {
  get<T extends KubeObject>(kind: Kind<T>, namespace: string | undefined, name: string): T | undefined;
  /** In key order. `namespace` undefined: all. Index look-ups: `field` must be one of the kind's `indexedFields`. */
  list<T extends KubeObject>(kind: Kind<T>, options?: ListOptions): T[];
  count(kind: Kind, namespace?: string): number;
  /** The values of one of the kind's `indexes` that begin with `prefix`, in order, without reading the objects. */
  indexValues(kind: Kind, path: string, prefix?: string): Iterable<string>;
  /** Changes whenever the object does, and is cheaper to get. Undefined if there is none. */
  stateOf(kind: Kind, namespace: string | undefined, name: string): string | undefined;
  /** Objects of any kind (or of one) with an ownerReference to this uid. */
  ownedBy(uid: string): KubeObject[];
  ownedBy<T extends KubeObject>(uid: string, kind: Kind<T>): T[];
  /** Built-in kinds and established custom resources. */
  kindOf(groupVersionKind: { apiVersion: string; kind: string }): Kind | undefined;
  kindFor(group: string, resource: string): Kind | undefined;
  /** Those that have objects in a namespace. */
  kindsIn(namespace: string): Kind[];
  readonly nowMs: number;
  /**
   * Answers of servers outside, in order. If one is missing it throws Suspended, which nobody but the Cluster may catch:
   * everything is rolled back, the calls are made, and the same request or reconcile is run again with the same time and
   * draws until it finds all answers.
   */
  outbound(calls: readonly OutboundCall[]): OutboundAnswer[];
  /** This request or reconcile is run again, with answers that were missing and at the same time as before. */
  readonly isRepeated?: boolean;
  /** The same object as long as the cluster is in memory: what is derived from its state may be kept under it in a WeakMap. */
  readonly scope?: object;
}

export interface ListOptions {
  namespace?: string;
  labels?: LabelSelector;
  field?: { path: string; value: string };
}

export interface Transaction extends Reader {
  /** All writes run the whole pipeline: admission, defaults, validation, as the system or as `as`. They throw ApiError. */
  create<T extends KubeObject>(kind: Kind<T>, obj: Partial<T>, options?: WriteOptions): T;
  /**
   * Reads, copies, lets `change` alter the draft, writes. Nothing is written when nothing changed. Returns the object as
   * it then stands, or undefined if there is none.
   */
  update<T extends KubeObject>(kind: Kind<T>, namespace: string | undefined, name: string, change: (draft: T) => void, options?: WriteOptions & { subresource?: string }): T | undefined;
  /** Nothing happens if it is gone already. */
  delete(kind: Kind, namespace: string | undefined, name: string, options?: DeleteOptions): void;
  /** Runs an action subresource (binding, eviction). */
  act(kind: Kind, namespace: string | undefined, name: string, subresource: string, input: KubeObject, options?: WriteOptions): void;
  /** Wakes a controller for a key, now or not before `dueMs`. An earlier due time wins. */
  enqueue(controller: string, key: string, dueMs?: number): void;
  /** Records an Event about an object; repeats are counted on the same Event, as upstream's recorder does. */
  event(about: KubeObject, event: { type: "Normal" | "Warning"; reason: string; message: string; source: string; action?: string }): void;
  /**
   * For who can go on without them: undefined if an answer is missing. The run then goes on, so that what else it needs is
   * asked in the same go, and is rolled back at its end. About a thing with an open question nothing more is asked.
   */
  outboundIfKnown(calls: readonly OutboundCall[], about: object): OutboundAnswer[] | undefined;
  /** With `of`: the same again for the same text when the run is repeated, whatever else was drawn before. */
  uuid(of?: string): string;
  /** In [0, 1), from the seeded generator in tests. */
  random(): number;
}

export interface WriteOptions {
  as?: UserInfo;
  fieldManager?: string;
  /** A part of what a request does that admission has let through: it is not asked again. */
  admitted?: true;
}

export interface DeleteOptions extends WriteOptions {
  preconditions?: { uid?: string; resourceVersion?: string };
  gracePeriodSeconds?: number;
  propagationPolicy?: "Background" | "Foreground" | "Orphan";
}
