import type { ListPlan } from "../api/registry.ts";
import { rowsByName } from "./rows-by-name.ts";
import type { SqlStore } from "./sql-store.ts";
import type { StoredObject } from "./store.ts";
import { batch, convertedNow, Wanted } from "./wanted.ts";

/**
 * A list as a sequence of texts, made page by page from stored bytes at one revision. Between two pages other requests run;
 * the later pages read the past. Fields come in upstream's order (kind, apiVersion, metadata, items), except that a list
 * with a large `limit` tells its metadata after its items, since only then it knows whether more remain. Each item is a
 * line of its own, so that whoever makes something else of the list can take it apart without reading it.
 */
const PAGE_ROWS = 128;
const PAGE_BYTES = 400_000;
const COLLECTED_BYTES_MAX = 4_000_000;
const SEPARATOR = ",\n";

type Key = { namespace: string; name: string };
interface Page { texts: string[]; last?: Key; done: boolean }

/** With `Wanted` among them where rows have to be converted first. */
export function* listTexts(store: SqlStore, plan: ListPlan): Generator<string | Wanted> {
  const head = `{"kind":${JSON.stringify(plan.kind)},"apiVersion":${JSON.stringify(plan.apiVersion)},`;
  if (plan.limit === undefined) {
    yield `${head}"metadata":{"resourceVersion":"${plan.revision}"},"items":[\n`;
    yield* items(rowsOf(store, plan, Infinity));
    return yield "\n]}";
  }
  const rows = rowsOf(store, plan, plan.limit);
  const collected: string[] = [];
  let bytes = 0;
  let page = rows.next();
  while (!page.done && bytes < COLLECTED_BYTES_MAX) {
    if (page.value instanceof Wanted) yield page.value;
    else for (const text of page.value) bytes += collected.push(text) && text.length;
    page = rows.next();
  }
  if (page.done) return yield `${head}"metadata":${metadata(store, plan, page.value)},"items":[\n${collected.join(SEPARATOR)}\n]}`;
  yield `${head}"items":[\n${collected.join(SEPARATOR)}`;
  for (; !page.done; page = rows.next()) {
    if (page.value instanceof Wanted) yield page.value;
    else yield page.value.length ? `${SEPARATOR}${page.value.join(SEPARATOR)}` : "";
  }
  yield `\n],"metadata":${metadata(store, plan, page.value)}}`;
}

/** The whole list as one text; undefined when it is longer than `charactersMax`. */
export function listText(store: SqlStore, plan: ListPlan, charactersMax: number): string | undefined {
  const texts: string[] = [];
  let length = 0;
  for (const text of convertedNow(listTexts(store, plan), plan.conversion)) {
    texts.push(text);
    length += text.length;
    if (length > charactersMax) return undefined;
  }
  return texts.join("");
}

function* items(pages: Generator<string[] | Wanted, Key | undefined>): Generator<string | Wanted> {
  let first = true;
  for (const page of pages) {
    if (page instanceof Wanted) { yield page; continue; }
    if (page.length === 0) continue;
    yield first ? page.join(SEPARATOR) : `${SEPARATOR}${page.join(SEPARATOR)}`;
    first = false;
  }
}

/** Pages of item texts; returns the key of the last item if more selected rows follow it. */
function* rowsOf(store: SqlStore, plan: ListPlan, limit: number): Generator<string[] | Wanted, Key | undefined> {
  let remaining = limit;
  let after = plan.after;
  let last: Key | undefined;
  for (;;) {
    const page = yield* readPage(store, plan, after, remaining);
    after = page.last;
    if (page.texts.length > 0) last = page.last;
    remaining -= page.texts.length;
    yield page.texts;
    if (page.done) return undefined;
    if (remaining === 0 && (yield* nextExists(store, plan, after))) return last;
    if (remaining === 0) return undefined;
  }
}

/** `last` is the last row that was looked at; with a limit, looking stops at the last row that is served. */
function* readPage(store: SqlStore, plan: ListPlan, after: Key | undefined, limit: number): Generator<Wanted, Page> {
  const page: Page = { texts: [], done: true, ...(after && { last: after }) };
  let bytes = 0;
  let looked = 0;
  let rows = source(store, plan, after, plan.select ? PAGE_ROWS : Math.min(PAGE_ROWS, limit));
  if (plan.conversion) {
    const taken = batch(rows);
    if (plan.conversion.isMissing(taken.rows)) yield new Wanted(taken.rows);
    rows = taken.rows;
    page.done = taken.complete;
  }
  for (const row of rows) {
    page.last = { namespace: row.namespace, name: row.name };
    looked++;
    const text = plan.select ? plan.select(row) : row.json;
    if (text !== undefined) bytes += page.texts.push(text) && text.length;
    if (page.texts.length === limit || bytes >= PAGE_BYTES || looked >= PAGE_ROWS) return { ...page, done: false };
  }
  return page;
}

function* nextExists(store: SqlStore, plan: ListPlan, after: Key | undefined): Generator<Wanted, boolean> {
  for (let key = after; ;) {
    const page = yield* readPage(store, plan, key, 1);
    if (page.texts.length > 0) return true;
    if (page.done) return false;
    key = page.last;
  }
}

function source(store: SqlStore, plan: ListPlan, after: Key | undefined, limit: number): Iterable<StoredObject> {
  const tx = store.transaction;
  const at = plan.at ?? plan.revision;
  if (plan.name !== undefined) return after ? [] : rowsByName(store, { resource: plan.resource, namespace: plan.namespace, name: plan.name }, at);
  // Index entries are of the present. They serve the past only while nothing has changed since.
  if (plan.index && tx.revision === at) return afterKey(tx.byIndex(plan.index.index, plan.index.value, plan.resource), plan, after);
  return tx.list(plan.resource, { ...(plan.namespace !== undefined && { namespace: plan.namespace }), ...(after && { after }), limit, at });
}

function* afterKey(rows: Iterable<StoredObject>, plan: ListPlan, after: Key | undefined): Iterable<StoredObject> {
  for (const row of rows) {
    if (plan.namespace !== undefined && row.namespace !== plan.namespace) continue;
    if (after && !(row.namespace > after.namespace || (row.namespace === after.namespace && row.name > after.name))) continue;
    yield row;
  }
}

function metadata(store: SqlStore, plan: ListPlan, last: Key | undefined): string {
  return JSON.stringify({
    resourceVersion: String(plan.revision),
    ...(last && { continue: plan.continueToken(last) }),
    ...(last && plan.countsRemaining && { remainingItemCount: countAfter(store, plan, last) }),
  });
}

/** Of the present: upstream, too, calls it an estimate. */
function countAfter(store: SqlStore, plan: ListPlan, last: Key): number {
  const number = store.resources.find(plan.resource);
  if (number === undefined) return 0;
  const rows = plan.namespace === undefined
    ? store.db.all<{ n: number }>("SELECT COUNT(*) AS n FROM objects WHERE resource = ? AND (namespace, name) > (?, ?)", number, last.namespace, last.name)
    : store.db.all<{ n: number }>("SELECT COUNT(*) AS n FROM objects WHERE resource = ? AND namespace = ? AND name > ?", number, last.namespace, last.name);
  return rows[0]!.n;
}
