import type { WatchPlan } from "../../src/api/registry.ts";
import type { SqlStore } from "../../src/durable/sql-store.ts";

export interface SeenEvent { type: string; object: any }

/** A watcher that reads the store by its plan: the events that a client would have seen by now. */
export class WatchProbe {
  readonly plan: WatchPlan;
  readonly #store: SqlStore;
  readonly #initial: SeenEvent[] = [];

  constructor(store: SqlStore, plan: WatchPlan) {
    this.#store = store;
    this.plan = plan;
    if (plan.initialEvents) {
      for (const row of store.transaction.list(plan.resource, { namespace: plan.namespace })) {
        if (plan.name === undefined || plan.name === row.name) this.#add(this.#initial, plan.initialEvent(row));
      }
    }
    if (plan.bookmarkAfterInitial) this.#add(this.#initial, plan.bookmark(plan.from, true));
  }

  get events(): SeenEvent[] {
    const events = [...this.#initial];
    for (const change of this.#store.transaction.changesSince(this.plan.resource, this.plan.from)) {
      if (this.plan.namespace !== undefined && change.namespace !== this.plan.namespace) continue;
      if (this.plan.name !== undefined && change.name !== this.plan.name) continue;
      this.#add(events, this.plan.select(change));
    }
    return events;
  }

  /** Such as `ADDED a`. */
  get summary(): string[] {
    return this.events.map(({ type, object }) => (type === "BOOKMARK" ? type : `${type} ${object.metadata.name}`));
  }

  #add(events: SeenEvent[], text: string | undefined): void {
    if (text !== undefined) events.push(JSON.parse(text) as SeenEvent);
  }
}
