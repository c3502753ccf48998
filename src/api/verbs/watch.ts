import { StoreError, type StoredChange, type StoredObject } from "../../durable/store.ts";
import type { Kind } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import { badRequest, expired } from "../../lib/errors.ts";
import { apiVersionOf, servesStoredText, storeKey } from "../registry/catalog.ts";
import { watchOptions, tooLargeResourceVersion } from "../registry/list-options.ts";
import { servedText, type ResourceCall } from "../registry/resource-call.ts";
import { isCurrent, readForm } from "../registry/stored-form.ts";
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
  return {
    resource: storeKey(kind), ...(namespace !== undefined && { namespace }), ...(name !== undefined && { name }),
    from: resumes ? asked : current, initialEvents,
    bookmarkAfterInitial: initialEvents && options.allowBookmarks,
    allowBookmarks: options.allowBookmarks, ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
    select: selectFor(call, selection),
    initialEvent: (row) => initialEvent(call, selection, row),
    bookmark: (revision, initialEventsEnd) => bookmark(call, revision, initialEventsEnd),
    encodingKey: `${apiVersionOf(kind, version)}/${kind.resource}|${selection.text}`,
  };
}

/** Upstream has the resource here where a Kind's name belongs. */
const watchedSubject = ({ group, resource }: Kind) => ({ group, resource, kind: resource });

const framed = (type: StoredChange["type"], text: string): string => `{"type":"${type}","object":${text}}`;

function selectFor(call: ResourceCall, selection: Selection): (change: StoredChange) => string | undefined {
  const { kind, version, request } = call;
  if (selection.namespace !== undefined && request.namespace !== undefined && selection.namespace !== request.namespace) return () => undefined;
  if (selection.everything) {
    return servesStoredText(kind, version) && !kind.evolution ? (change) => framed(change.type, change.json) : (change) => framed(change.type, textOf(call, change));
  }
  return (change) => {
    const type = typeFor(call, selection, change);
    return type && framed(type, type === change.type ? textOf(call, change) : textOnPassing(call, type, change));
  };
}

/** What leaves the selection is told as it was last seen in it, at the revision of the change. */
function textOnPassing(call: ResourceCall, type: StoredChange["type"], change: StoredChange): string {
  if (type !== "DELETED" || change.previousJson === undefined) return textOf(call, change);
  const { object } = previousOf(call.kind, change.previousJson);
  const departed = { ...object, metadata: { ...object.metadata, resourceVersion: `${change.revision}` } };
  return servedText(call, { object: departed, json: JSON.stringify(departed) });
}

const previousOf = (kind: Kind, json: string) => formOf(kind, { json, revision: Number(parse(json).metadata.resourceVersion) });

/** What the change means to somebody who sees only the selected objects. */
function typeFor({ kind }: ResourceCall, selection: Selection, change: StoredChange): StoredChange["type"] | undefined {
  const matches = selection.matches(formOf(kind, change).object);
  if (change.type === "ADDED") return matches ? "ADDED" : undefined;
  const previous = change.previousLost ? undefined : change.previousJson;
  const unknown = change.previousLost === true || previous === undefined;
  const matched = unknown || selection.matches(previousOf(kind, previous).object);
  if (change.type === "DELETED") return matched ? "DELETED" : undefined;
  if (matches) return matched ? "MODIFIED" : "ADDED";
  return matched ? "DELETED" : undefined;
}

function initialEvent(call: ResourceCall, selection: Selection, row: StoredObject): string | undefined {
  if (selection.text === "") return framed("ADDED", textOf(call, row));
  const existing = call.session.formOf(call.kind, row);
  return selection.matches(existing.object) ? framed("ADDED", servedText(call, existing)) : undefined;
}

function textOf(call: ResourceCall, stored: { json: string; revision: number }): string {
  const { kind, version } = call;
  if (servesStoredText(kind, version) && isCurrent(kind, stored)) return stored.json;
  return servedText(call, formOf(kind, stored));
}

const formOf = (kind: Kind, stored: { json: string; revision: number }): { object: KubeObject; json: string } =>
  readForm(kind, parse(stored.json), stored);

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
