import type { WatchPlan } from "../api/registry.ts";
import { presentRows } from "./hub.ts";
import type { SqlStore } from "./sql-store.ts";
import { batch, Wanted } from "./wanted.ts";

const PAGE_ROWS = 128;
const PAGE_BYTES = 400_000;

/** Initial events as lines of text, page by page as of one revision, with the bookmark that ends them if one is wanted. */
/** With `Wanted` among them where rows have to be converted first. */
export function* initialEventTexts(store: SqlStore, plan: WatchPlan): Generator<string | Wanted> {
  const progress: { revision: number; after?: { namespace: string; name: string } } = { revision: plan.from };
  for (let more = true; more;) {
    const { text, done } = yield* readPage(store, plan, progress);
    more = !done;
    if (text) yield text;
  }
  if (plan.bookmarkAfterInitial) yield `${plan.bookmark(plan.from, true)}\n`;
}

/** Rows are read anew for each page, since other writes happen between two of them. */
function* readPage(store: SqlStore, plan: WatchPlan, progress: { revision: number; after?: { namespace: string; name: string } }): Generator<Wanted, { text: string; done: boolean }> {
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
