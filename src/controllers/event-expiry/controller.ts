import { event as eventKind } from "../../kinds/core/event/kind.ts";
import type { Change } from "../../kinds/kind.ts";
import type { Reader } from "../../kinds/transaction.ts";
import type { Event } from "../../kinds/types/core-v1.generated.ts";
import { parseTime } from "../../kinds/values/time.ts";
import type { Controller } from "../controller.ts";

/** Upstream's --event-ttl. */
const EVENT_TTL_MS = 3600_000;
/** Events may stay so much longer: one sweep for many of them, since each sweep wakes the cluster. */
const SWEEP_INTERVAL_MS = 10 * 60_000;
const DELETES_PER_ROUND = 200;
const SWEEP = "sweep";
const ARM = "arm";

/** Clusters known to have their next sweep in the queue. One that was out of memory arms it once more: an earlier time stands. */
const armed = new WeakSet<object>();

/** Deletes events an hour after they were last seen; as with upstream's leases of storage, nobody is asked. One timer for all: an event costs no row here. */
export const eventExpiryController: Controller = {
  name: "event-expiry-controller",
  priority: -10,
  watches: [{ kind: eventKind, keys: arm }],
  reconcile(tx, key) {
    if (tx.scope) armed.add(tx.scope);
    if (key === ARM) return tx.enqueue(eventExpiryController.name, SWEEP, tx.nowMs + EVENT_TTL_MS);
    const events = tx.list(eventKind);
    const expired = events.filter((event) => lastSeenMs(event) + EVENT_TTL_MS <= tx.nowMs);
    for (const { metadata } of expired.slice(0, DELETES_PER_ROUND)) tx.delete(eventKind, metadata.namespace, metadata.name!, { admitted: true });
    if (expired.length > DELETES_PER_ROUND) return { requeueAfterMs: 0 };
    if (events.length === expired.length) {
      if (tx.scope) armed.delete(tx.scope);
      return;
    }
    const next = Math.min(...events.filter((event) => !expired.includes(event)).map(lastSeenMs)) + EVENT_TTL_MS - tx.nowMs;
    return { requeueAfterMs: Math.max(next, SWEEP_INTERVAL_MS) };
  },
};

function arm(change: Change<Event>, reader: Reader): string[] {
  return change.type === "ADDED" && !(reader.scope && armed.has(reader.scope)) ? [ARM] : [];
}

function lastSeenMs(event: Event): number {
  const text = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp;
  return text ? parseTime(text) : 0;
}
