import { methodNotAllowed } from "../../lib/errors.ts";
import { subjectOf } from "../registry/catalog.ts";
import { deleteObject, type Deleted } from "../registry/delete-object.ts";
import { atomically } from "../registry/dry-run.ts";
import { deletionOptions } from "../registry/request-options.ts";
import { existingOf, respond, servedText, writeOf, type ResourceCall } from "../registry/resource-call.ts";
import type { ApiResponse } from "../request.ts";

/** DELETE of one object: answers with it while it lingers, else with a Status (or its last state, for kinds that say so). */
export function remove(call: ResourceCall): ApiResponse {
  if (call.subresource) throw methodNotAllowed();
  const options = deletionOptions(call.request, call.query);
  const write = writeOf(call, { fieldManager: "unknown", dryRun: options.dryRun });
  const deleted = atomically(write, () => deleteObject(write, existingOf(call), options));
  const answersStatus = deleted.removed && !call.kind.strategy?.returnsDeleted;
  // As upstream: 202 when dependents are to be waited for and the old option asked for it.
  const status = !deleted.removed && options.orphanDependents === false ? 202 : 200;
  return respond(status, answersStatus ? JSON.stringify(statusOf(call, deleted)) : servedText(call, deleted), write);
}

function statusOf({ kind }: ResourceCall, { object }: Deleted): object {
  const { group, resource } = subjectOf(kind);
  const details = { name: object.metadata.name, ...(group && { group }), kind: resource, uid: object.metadata.uid };
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}
