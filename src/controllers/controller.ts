import type { Change, Kind, ClusterFacts } from "../kinds/kind.ts";
import type { KubeObject } from "../kinds/object.ts";
import type { Reader, Transaction } from "../kinds/transaction.ts";

/**
 * A controller is woken by keys and looks at the whole state behind a key each time: level-triggered, without input.
 * `reconcile` is synchronous and runs inside one transaction (a savepoint of its own): it throws to be retried with
 * back-off, throws TerminalError to stop, returns `{ requeueAfterMs }` to look again later, or "retry" where a part of it
 * failed: what was done is kept, and it is run again with back-off.
 */
export interface Controller {
  /** Unique; also the source component of its events, such as `deployment-controller`. */
  readonly name: string;
  readonly watches: readonly Watch<any>[];
  reconcile(tx: Transaction, key: string, cluster: ClusterFacts): { requeueAfterMs: number } | "retry" | void;
  /** Changes that `keys` was told of and that were rolled back: for who noted something of them in memory. */
  undone?(changes: readonly Change[], reader: Reader): void;
  /** Runs first when several are due. Default 0; the scheduler and namespace lifecycle come earlier. */
  readonly priority?: number;
}

export interface Watch<T extends KubeObject = any> {
  kind: Kind<T> | "*";
  /** Which keys a change wakes. Runs in the transaction of the change, so it must be cheap. */
  keys(change: Change<T>, reader: Reader): Iterable<string>;
}

export class TerminalError extends Error {}

/** `namespace/name`, or `name` for cluster-scoped objects. */
export const objectKey = (obj: { metadata: { namespace?: string; name?: string } }): string =>
  obj.metadata.namespace ? `${obj.metadata.namespace}/${obj.metadata.name}` : obj.metadata.name!;

export function splitKey(key: string): { namespace: string | undefined; name: string } {
  const slash = key.indexOf("/");
  return slash < 0 ? { namespace: undefined, name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** For `watches`: wakes the controller for the changed object itself. */
export const itself = <T extends KubeObject>(kind: Kind<T>): Watch<T> => ({ kind, keys: (change) => [objectKey(change.object)] });
