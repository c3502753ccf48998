import { methodNotAllowed } from "../../lib/errors.ts";
import { apiVersionOf, storeKey } from "../registry/catalog.ts";
import { deleteObject } from "../registry/delete-object.ts";
import { atomically } from "../registry/dry-run.ts";
import { listOptions } from "../registry/list-options.ts";
import { deletionOptions } from "../registry/request-options.ts";
import { respond, servedText, writeOf, type ResourceCall } from "../registry/resource-call.ts";
import { selectionOf } from "../registry/selection.ts";
import { readForms } from "../registry/stored-form.ts";
import type { Existing } from "../registry/update-object.ts";
import type { ApiResponse } from "../request.ts";

/** DELETE of a collection: each selected object as by DELETE; answers with the list of them. All or nothing; `limit` takes the first. */
export function deletecollection(call: ResourceCall): ApiResponse {
  const { kind, version, session } = call;
  if (call.subresource) throw methodNotAllowed();
  const options = deletionOptions(call.request, call.query);
  const { limit } = listOptions(call.query);
  const write = writeOf(call, { fieldManager: "unknown", dryRun: options.dryRun });
  const items = atomically(write, () => selected(call).slice(0, limit).map((existing) => servedText(call, deleteObject(write, existing, options))));
  const metadata = JSON.stringify({ resourceVersion: `${session.stx.revision}` });
  const head = `{"kind":${JSON.stringify(kind.listKind ?? `${kind.kind}List`)},"apiVersion":${JSON.stringify(apiVersionOf(kind, version))},"metadata":${metadata}`;
  return respond(200, `${head},"items":[${items.join(",")}]}`, write);
}

function selected({ kind, request, query, session }: ResourceCall): Existing[] {
  const selection = selectionOf(kind, query);
  const rows = [...session.stx.list(storeKey(kind), request.namespace === undefined ? {} : { namespace: request.namespace })];
  const all = readForms(session, kind, rows).map((form, i) => ({ ...form, revision: rows[i]!.revision }));
  return selection.text === "" ? all : all.filter(({ object }) => selection.matches(object));
}
