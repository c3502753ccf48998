import { StoreError, type StoredObject } from "../../durable/store.ts";
import { ApiError, badRequest, expired } from "../../lib/errors.ts";
import { apiVersionOf, listKindOf, servesStoredText, storeKey } from "../registry/catalog.ts";
import { decodeContinue, encodeContinue, refusedContinue, type ContinueToken } from "../registry/continue-token.ts";
import { listOptions, tooLargeResourceVersion, type RequestedList } from "../registry/list-options.ts";
import { servedText, type ResourceCall } from "../registry/resource-call.ts";
import { rowConversion } from "../registry/row-conversion.ts";
import { isCurrent } from "../registry/stored-form.ts";
import { selectionOf, type Selection } from "../registry/selection.ts";
import type { ListPlan } from "../registry.ts";

/** What the client gets when the history behind a token or a revision is gone. */
const TOO_OLD = "The resourceVersion for the provided list is too old.";
const CONTINUE_TOO_OLD = "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
  + "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided "
  + "token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned "
  + "and now may show up in the list.";

/** GET of a collection, as a plan that the store streams: one revision, rows as they are stored wherever possible. */
export function planList(call: ResourceCall): ListPlan {
  const { kind, version, request, session } = call;
  const options = listOptions(call.query);
  const selection = selectionOf(kind, call.query);
  const token = options.continueToken === undefined ? undefined : decodeContinue(options.continueToken);
  if (token && options.resourceVersion) throw badRequest("specifying resource version is not allowed when using continue");
  const revision = revisionFor(call, options, token);
  const isPast = revision < session.stx.revision;
  const namespace = request.namespace ?? selection.namespace;
  const hasOneKey = selection.name !== undefined && (namespace !== undefined || kind.scope === "Cluster");
  return {
    apiVersion: apiVersionOf(kind, version), kind: listKindOf(kind), resource: storeKey(kind), revision,
    ...(namespace !== undefined && { namespace }), ...(hasOneKey && { name: selection.name }),
    ...(selection.index && !isPast && { index: selection.index }),
    ...(token && { after: token.after }), ...(options.limit !== undefined && { limit: options.limit }),
    ...(isPast && { at: revision }),
    ...selectFor(call, selection, selection.everything && (selection.name === undefined || hasOneKey)),
    continueToken: (last) => encodeContinue({ revision, after: last }),
    countsRemaining: selection.text === "",
    ...(version.deprecated && version.deprecationWarning && { warnings: [version.deprecationWarning] }),
  };
}

/** `allRows`: the plan's keys say already what is selected. */
function selectFor(call: ResourceCall, selection: Selection, allRows: boolean): Pick<ListPlan, "select" | "conversion"> {
  const { request, kind, version, session } = call;
  if (selection.namespace !== undefined && request.namespace !== undefined && selection.namespace !== request.namespace) return { select: () => undefined };
  const asStored = servesStoredText(kind, version);
  const conversion = rowConversion(session, kind);
  if (allRows && asStored && !kind.evolution) return {};
  return {
    ...(conversion && { conversion }),
    select: (row: StoredObject) => {
      if (allRows && asStored && isCurrent(kind, row)) return row.json;
      const existing = conversion?.take(row) ?? session.formOf(kind, row);
      return allRows || selection.matches(existing.object) ? servedText(call, existing) : undefined;
    },
  };
}

/** The revision at which the list is read. */
function revisionFor(call: ResourceCall, { resourceVersion, match, limit }: RequestedList, token: ContinueToken | undefined): number {
  const { stx } = call.session;
  const current = stx.revision;
  if (token) {
    if (token.revision === -1) return current;
    if (token.revision > current) throw refusedContinue(": incorrect encoded start resourceVersion");
    return reachable(call, token.revision, () => continueExpired(current, token));
  }
  if (!resourceVersion) return current;
  if (resourceVersion > current) throw tooLargeResourceVersion(resourceVersion, current);
  // Without a match upstream reads exactly only where a limit is given: anything newer serves as well.
  if (match !== "Exact" && !(match === undefined && limit !== undefined)) return current;
  return reachable(call, resourceVersion, () => expired(TOO_OLD));
}

function reachable({ kind, session }: ResourceCall, revision: number, gone: () => ApiError): number {
  if (revision === session.stx.revision) return revision;
  try {
    // Asks for a row of that time, since the store alone knows how far back it can see.
    for (const _row of session.stx.list(storeKey(kind), { at: revision, limit: 1 })) break;
    return revision;
  } catch (error) {
    if (error instanceof StoreError && error.code === "compacted") throw gone();
    throw error;
  }
}

function continueExpired(current: number, token: ContinueToken): ApiError {
  const error = expired(CONTINUE_TOO_OLD);
  error.status.metadata = { resourceVersion: `${current}`, continue: encodeContinue({ revision: -1, after: token.after }) };
  return error;
}
