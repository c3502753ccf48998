import type { ApiRequest } from "../api/request.ts";
import type { WatchPlan } from "../api/registry.ts";
import type { InitialProgress } from "./sockets.ts";

/** Where a watch's events go. Texts are of WatchEvents; they leave in the order in which they are given. */
export interface EventSink {
  /** The hub makes this watcher's bookmarks; for bridged ones the Worker does. */
  readonly wantsBookmarks: boolean;
  /** Several may be gathered until `flush`. */
  event(text: string): void;
  flush(): void;
  /** Bytes that wait for a slow client, where the platform can tell. */
  backlogBytes(): number;
  /** The watch is over; `status` is the JSON of a Status. */
  end(status?: string): void;
  /** Keeps the state for the time after a hibernation. */
  save(subscriber: Subscriber, resource: string): void;
}

/**
 * A watcher: a cursor and a selector over the log. Live, it is given each change as it is committed. Lagging, it has a
 * cursor, and is served from history in bounded pages until it has caught up.
 */
export interface Subscriber {
  readonly request: ApiRequest;
  readonly sink: EventSink;
  /** Planned again at need after a hibernation. */
  plan?: WatchPlan;
  /** Events after this revision are still to be sent. Undefined: live. */
  cursor?: number;
  /** The present state is still being sent. */
  initial?: InitialProgress;
  /** Its next page is being converted by a webhook. */
  converting?: true;
  /** What it watches is no more: it ends when it has caught up. */
  ending?: true;
  deadlineMs?: number;
  over?: boolean;
  /** As in the plan; known without it after a hibernation. */
  resource?: string;
}

export const isLive = ({ cursor, initial }: Subscriber): boolean => cursor === undefined && !initial;

/** Whether a watch is of this object at all, by its namespace and name. */
export function concerns(plan: WatchPlan, change: { namespace: string; name: string }): boolean {
  if (plan.namespace !== undefined && plan.namespace !== change.namespace) return false;
  return plan.name === undefined || plan.name === change.name;
}

/** The same watch from a revision on, for planning it again. */
export function resumedAt(request: ApiRequest, revision: number): ApiRequest {
  const query = new URLSearchParams(request.query);
  for (const name of ["sendInitialEvents", "resourceVersionMatch", "limit", "continue"]) query.delete(name);
  query.set("resourceVersion", String(revision));
  return { ...request, query: query.toString() };
}
