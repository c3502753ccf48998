import type { KubeObject } from "../../kinds/object.ts";
import type { Transaction } from "../../kinds/transaction.ts";
import { formatTime } from "../../kinds/values/time.ts";
import { ApiError } from "../../lib/errors.ts";

export type EventAbout = Parameters<Transaction["event"]>[1];

/**
 * Writes Events as client-go's recorder does: a repeat raises `count` on the Event that is there, and one source may
 * tell 25 things about an object in a row and then one every five minutes. What it remembers is only a short cut: after
 * a restart a repeat becomes a new Event.
 */
const REMEMBERED_MAX = 4096;
const BURST = 25;
const REFILL_MS = 300_000;

interface Budget { tokens: number; atMs: number }

export class EventRecorder {
  readonly #recent = new Map<string, { namespace: string; name: string }>();
  readonly #budgets = new Map<string, Budget>();

  /** The budgets that the transaction under way drew on, as they were before. */
  #spent: { key: string; before: Budget | undefined }[] = [];

  begin(): void { this.#spent = []; }
  mark(): number { return this.#spent.length; }
  rollback(mark: number): void {
    for (const { key, before } of this.#spent.splice(mark).reverse()) {
      if (before) this.#budgets.set(key, before);
      else this.#budgets.delete(key);
    }
  }

  record(tx: Transaction, about: KubeObject, event: EventAbout): void {
    const kind = tx.kindFor("", "events");
    if (!kind || !this.#mayTell(tx, about, event)) return;
    try {
      const key = [event.source, about.metadata.uid, event.type, event.reason, event.message].join("\0");
      const known = this.#recent.get(key);
      const repeated = known && tx.update(kind, known.namespace, known.name, (draft) => {
        draft.count = (typeof draft.count === "number" ? draft.count : 1) + 1;
        draft.lastTimestamp = formatTime(tx.nowMs);
      }, { fieldManager: event.source });
      if (repeated) return;
      const created = tx.create(kind, describe(tx, about, event), { fieldManager: event.source });
      remember(this.#recent, key, { namespace: created.metadata.namespace!, name: created.metadata.name! });
    } catch (error) {
      // A namespace that is going away takes no more Events; nobody's work depends on one.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  #mayTell(tx: Transaction, about: KubeObject, event: EventAbout): boolean {
    const key = `${event.source}\0${about.metadata.uid}`;
    const known = this.#budgets.get(key);
    this.#spent.push({ key, before: known });
    const before = known ?? { tokens: BURST, atMs: tx.nowMs };
    const refilled = Math.floor((tx.nowMs - before.atMs) / REFILL_MS);
    const tokens = Math.min(BURST, before.tokens + refilled);
    const atMs = refilled > 0 ? before.atMs + refilled * REFILL_MS : before.atMs;
    remember(this.#budgets, key, { tokens: Math.max(0, tokens - 1), atMs });
    return tokens > 0;
  }
}

function describe(tx: Transaction, about: KubeObject, event: EventAbout): KubeObject {
  const { metadata } = about;
  const now = formatTime(tx.nowMs);
  const suffix = Math.floor((tx.nowMs + tx.random()) * 1e6).toString(16);
  return {
    apiVersion: "v1", kind: "Event",
    metadata: { name: `${metadata.name!.slice(0, 253 - suffix.length - 1)}.${suffix}`, namespace: metadata.namespace || "default" },
    involvedObject: {
      kind: about.kind, ...(metadata.namespace && { namespace: metadata.namespace }), name: metadata.name, uid: metadata.uid,
      apiVersion: about.apiVersion, resourceVersion: metadata.resourceVersion,
    },
    reason: event.reason, message: event.message.slice(0, 1024), source: { component: event.source },
    firstTimestamp: now, lastTimestamp: now, count: 1, type: event.type, ...(event.action && { action: event.action }),
    reportingComponent: event.source, reportingInstance: "",
  };
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > REMEMBERED_MAX) map.delete(map.keys().next().value!);
}
