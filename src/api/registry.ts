import type { Change, ClusterFacts } from "../kinds/kind.ts";
import type { OutboundAnswer, OutboundCall } from "../lib/outbound.ts";
import type { Transaction } from "../kinds/transaction.ts";
import type { StoredChange, StoredObject, StoreTransaction } from "../durable/store.ts";
import type { ApiRequest, ApiResponse } from "./request.ts";

/**
 * What the Cluster asks of the API machinery (implemented in `src/api/registry/`): the meaning of requests over a store
 * transaction, for any kind. Everything is synchronous. All functions authorize first and throw ApiError.
 */
export interface Registry {
  /** One request with one answer: get, create, update, patch, delete, deletecollection, actions, reviews. */
  execute(stx: StoreTransaction, request: ApiRequest): ApiResponse;
  planList(stx: StoreTransaction, request: ApiRequest): ListPlan;
  planWatch(stx: StoreTransaction, request: ApiRequest): WatchPlan;
  /** Resolves and authorizes pods/log, exec, attach, portforward, proxy. */
  connect(stx: StoreTransaction, request: ApiRequest): import("../kinds/kind.ts").StreamTarget;
  /** The kinds' view of a store transaction, for controllers: writes as the system. */
  transaction(stx: StoreTransaction): Transaction;
  /** What it notes in memory while a transaction is under way, and forgets when that is rolled back. */
  readonly notes: { begin(): void; mark(): number; rollback(mark: number): void };
}

/** What the Registry gets from the Cluster. */
export interface RegistryHost {
  nowMs(): number;
  random(): number;
  uuid(of?: string): string;
  /** `Reader.outbound` and `Transaction.outboundIfKnown` of the run that is under way. Absent: whoever asks is suspended. */
  readonly outside?: {
    readonly isRepeated: boolean;
    answers(calls: readonly OutboundCall[]): OutboundAnswer[];
    answersIfKnown(calls: readonly OutboundCall[], about: object): OutboundAnswer[] | undefined;
  };
  readonly cluster: ClusterFacts;
  /** Called inside the transaction after each stored write, in order: the work queue wakes controllers. */
  onChange(change: Change, kind: import("../kinds/kind.ts").Kind, tx: Transaction): void;
  enqueue(stx: StoreTransaction, controller: string, key: string, dueMs?: number): void;
}

/** Where a webhook has to be asked before rows can be served, page by page. */
export interface RowConversion {
  /** Whether any of them has to be converted yet. */
  isMissing(rows: readonly { revision: number; json: string }[]): boolean;
  /** Converts them, to be there for `select` until the next call. Throws Suspended, and ApiError if it fails. */
  make(rows: readonly { revision: number; json: string }[]): void;
}

/** A list that the store streams: rows in key order, filtered, at one revision. */
export interface ListPlan {
  apiVersion: string;
  kind: string; // "PodList"
  resource: string;
  namespace?: string;
  /** Fast path for `metadata.name=…`. */
  name?: string;
  index?: { index: string; value: string };
  after?: { namespace: string; name: string };
  limit?: number;
  /** Read the past (continue tokens, resourceVersionMatch=Exact). */
  at?: number;
  /** The list's metadata.resourceVersion. */
  revision: number;
  /** Text to serve for a row, or undefined when it is not selected. Absent: rows are served as stored. */
  select?: (row: StoredObject) => string | undefined;
  conversion?: RowConversion;
  /** For the client, in headers. */
  warnings?: readonly string[];
  /** Makes the continue token for the key of the last row served. */
  continueToken(last: { namespace: string; name: string }): string;
  /** remainingItemCount may be told (no selectors). */
  countsRemaining: boolean;
}

export interface WatchPlan {
  resource: string;
  namespace?: string;
  name?: string;
  /** Events after this revision. */
  from: number;
  /** Synthetic ADDED events for the present state first. */
  initialEvents: boolean;
  /** A bookmark with the initial-events-end annotation after them. */
  bookmarkAfterInitial: boolean;
  allowBookmarks: boolean;
  timeoutMs?: number;
  /** JSON text of the WatchEvent for a change, or undefined if this watcher does not see it. */
  select(change: StoredChange): string | undefined;
  initialEvent(row: StoredObject): string | undefined;
  /** To be asked before `select` and `initialEvent`; of a change also the state before, where the selector looks at it. */
  conversion?: RowConversion & { rowsOf(change: StoredChange): { revision: number; json: string }[] };
  warnings?: readonly string[];
  bookmark(revision: number, initialEventsEnd?: boolean): string;
  /** Watchers whose key is the same get the very same text for a change: the hub encodes once. */
  encodingKey: string;
}
