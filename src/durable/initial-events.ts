import type { WatchPlan } from "../api/registry.ts";
import { rowsByName } from "./rows-by-name.ts";
import type { InitialProgress } from "./sockets.ts";
import type { SqlStore } from "./sql-store.ts";
import type { StoredObject } from "./store.ts";
import { batch, Wanted } from "./wanted.ts";

const PAGE_ROWS = 128;
const PAGE_BYTES = 400_000;

/**
 * Initial events as lines of text, page by page as of one revision, with the bookmark that ends them if one is wanted, and
 * with `Wanted` among them where rows have to be converted first.
 */
export function* initialEventTexts(store: SqlStore, plan: WatchPlan): Generator<string | Wanted> {
  const progress: InitialProgress = { revision: plan.from };
  for (let more = true; more;) {
    const { text, done } = yield* readPage(store, plan, progress);
    more = !done;
    if (text) yield text;
  }
  if (plan.bookmarkAfterInitial) yield `${plan.bookmark(plan.from, true)}\n`;
}

/** Rows are read anew for each page, since other writes happen between two of them. */
function* readPage(store: SqlStore, plan: WatchPlan, progress: InitialProgress): Generator<Wanted, { text: string; done: boolean }> {
  let text = "";
  let rows = 0;
  let present = presentRows(store, plan, progress);
  let complete = true;
  if (plan.conversion) {
    const taken = batch(present);
    if (plan.conversion.isMissing(taken.rows)) yield new Wanted(taken.rows);
    present = taken.rows;
    complete = taken.complete;
  }
  for (const row of present) {
    const event = plan.initialEvent(row);
    if (event !== undefined) text += `${event}\n`;
    progress.after = { namespace: row.namespace, name: row.name };
    if (++rows >= PAGE_ROWS || text.length >= PAGE_BYTES) return { text, done: false };
  }
  return { text, done: complete };
}

/** Rows of a watch's initial events, from where they stopped. */
export function presentRows(store: SqlStore, plan: WatchPlan, { revision, after }: InitialProgress): Iterable<StoredObject> {
  const { resource, namespace, name } = plan;
  if (name !== undefined) return after ? [] : rowsByName(store, { resource, namespace, name }, revision);
  return store.transaction.list(resource, { ...(namespace !== undefined && { namespace }), ...(after && { after }), at: revision });
}
