import { StoreError, type StoredChange, type StoredObject } from "../../durable/store.ts";
import type { Kind } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import { badRequest, expired } from "../../lib/errors.ts";
import { apiVersionOf, servesStoredText, storeKey } from "../registry/catalog.ts";
import { watchOptions, tooLargeResourceVersion } from "../registry/list-options.ts";
import { servedText, type ResourceCall } from "../registry/resource-call.ts";
import { rowConversion } from "../registry/row-conversion.ts";
import { isCurrent, readForms, type Form, type Row } from "../registry/stored-form.ts";
import { selectionOf, type Selection } from "../registry/selection.ts";
import type { WatchPlan } from "../registry.ts";
import { parseJson } from "../../lib/json.ts";

/**
 * A watch as a plan: from which revision, with which initial events, and what a change looks like to this watcher. The
 * hub filters by `namespace` and `name`; `select` by labels and fields.
 */
export function planWatch(call: ResourceCall): WatchPlan {
  const { kind, version, request, session } = call;
  const options = watchOptions(call.query, watchedSubject(kind));
  const selection = selectionOf(kind, call.query);
  const current = session.stx.revision;
  const asked = options.resourceVersion ?? 0;
  const initialEvents = options.sendInitialEvents ?? asked === 0;
  if (asked > current) throw tooLargeResourceVersion(asked, current);
  const resumes = !initialEvents && asked > 0;
  if (resumes && asked < current) refuseCompacted(call, asked);
  if (request.name !== undefined && call.query.get("fieldSelector") && selection.name !== request.name) {
    throw badRequest("fieldSelector metadata.name doesn't match requested name");
  }
  const namespace = request.namespace ?? selection.namespace;
  const name = request.name ?? selection.name;
  const source = formSource(call);
  return {
    resource: storeKey(kind), ...(namespace !== undefined && { namespace }), ...(name !== undefined && { name }),
    from: resumes ? asked : current, initialEvents,
    bookmarkAfterInitial: initialEvents && options.allowBookmarks,
    allowBookmarks: options.allowBookmarks, ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
    select: selectFor(source, selection),
    initialEvent: (row) => initialEvent(source, selection, row),
    ...(source.conversion && { conversion: { ...source.conversion, rowsOf: (change) => rowsOf(selection, change) } }),
    ...(version.deprecated && version.deprecationWarning && { warnings: [version.deprecationWarning] }),
    bookmark: (revision, initialEventsEnd) => bookmark(call, revision, initialEventsEnd),
    encodingKey: `${apiVersionOf(kind, version)}/${kind.resource}|${selection.text}`,
  };
}

/** Upstream has the resource here where a Kind's name belongs. */
const watchedSubject = ({ group, resource }: Kind) => ({ group, resource, kind: resource });

const framed = (type: StoredChange["type"], text: string): string => `{"type":"${type}","object":${text}}`;

/** Where a watcher's objects come from: rows as its version has them, converted ahead of time where a webhook does that. */
interface FormSource { call: ResourceCall; conversion: ReturnType<typeof rowConversion>; formOf(row: Row): Form }

function formSource(call: ResourceCall): FormSource {
  const { kind, session } = call;
  const conversion = rowConversion(session, kind);
  return {
    call, conversion,
    formOf: (row) => (isCurrent(kind, row) ? { object: parse(row.json), json: row.json } : conversion?.take(row) ?? readForms(session, kind, [row])[0]!),
  };
}

/** What has to be looked at of a change: the selector asks for the state before as well. */
function rowsOf(selection: Selection, change: StoredChange): Row[] {
  const previous = selection.everything || change.type === "ADDED" ? undefined : previousRow(change);
  return previous ? [change, previous] : [change];
}

function previousRow({ previousLost, previousJson }: StoredChange): Row | undefined {
  if (previousLost === true || previousJson === undefined) return undefined;
  return { json: previousJson, revision: Number(parse(previousJson).metadata.resourceVersion) };
}

function selectFor(source: FormSource, selection: Selection): (change: StoredChange) => string | undefined {
  const { kind, version, request } = source.call;
  if (selection.namespace !== undefined && request.namespace !== undefined && selection.namespace !== request.namespace) return () => undefined;
  if (selection.everything) {
    return servesStoredText(kind, version) && !kind.evolution ? (change) => framed(change.type, change.json) : (change) => framed(change.type, textOf(source, change));
  }
  return (change) => {
    const type = typeFor(source, selection, change);
    return type && framed(type, type === change.type ? textOf(source, change) : textOnPassing(source, type, change));
  };
}

/** What leaves the selection is told as it was last seen in it, at the revision of the change. */
function textOnPassing(source: FormSource, type: StoredChange["type"], change: StoredChange): string {
  const previous = previousRow(change);
  if (type !== "DELETED" || !previous) return textOf(source, change);
  const { object } = source.formOf(previous);
  const departed = { ...object, metadata: { ...object.metadata, resourceVersion: `${change.revision}` } };
  return servedText(source.call, { object: departed, json: JSON.stringify(departed) });
}

/** What the change means to somebody who sees only the selected objects. */
function typeFor({ formOf }: FormSource, selection: Selection, change: StoredChange): StoredChange["type"] | undefined {
  const matches = selection.matches(formOf(change).object);
  if (change.type === "ADDED") return matches ? "ADDED" : undefined;
  const previous = previousRow(change);
  const matched = previous === undefined || selection.matches(formOf(previous).object);
  if (change.type === "DELETED") return matched ? "DELETED" : undefined;
  if (matches) return matched ? "MODIFIED" : "ADDED";
  return matched ? "DELETED" : undefined;
}

function initialEvent(source: FormSource, selection: Selection, row: StoredObject): string | undefined {
  if (selection.text === "") return framed("ADDED", textOf(source, row));
  const { call: { kind, session } } = source;
  const existing = isCurrent(kind, row) ? session.formOf(kind, row) : source.formOf(row);
  return selection.matches(existing.object) ? framed("ADDED", servedText(source.call, existing)) : undefined;
}

function textOf({ call, formOf }: FormSource, row: Row): string {
  const { kind, version } = call;
  if (servesStoredText(kind, version) && isCurrent(kind, row)) return row.json;
  return servedText(call, formOf(row));
}

function bookmark({ kind, version }: ResourceCall, revision: number, initialEventsEnd?: boolean): string {
  const metadata = { resourceVersion: `${revision}`, ...(initialEventsEnd && { annotations: { "k8s.io/initial-events-end": "true" } }) };
  return JSON.stringify({ type: "BOOKMARK", object: { kind: kind.kind, apiVersion: apiVersionOf(kind, version), metadata } });
}

function refuseCompacted({ kind, session }: ResourceCall, revision: number): void {
  try {
    for (const _change of session.stx.changesSince(storeKey(kind), revision, 1)) break;
  } catch (error) {
    if (error instanceof StoreError && error.code === "compacted") throw expired(`too old resource version: ${revision} (${session.stx.revision})`);
    throw error;
  }
}

/** The hub asks for the same change once per watcher's selector, one after the other: the last texts are kept parsed. */
const lately = new Map<string, KubeObject>();
const LATELY_MAX = 8;

function parse(json: string): KubeObject {
  const known = lately.get(json);
  if (known) return known;
  const object = parseJson(json) as KubeObject;
  lately.set(json, object);
  if (lately.size > LATELY_MAX) lately.delete(lately.keys().next().value!);
  return object;
}
