import type { KubeObject } from "../../kinds/object.ts";
import { notFound, methodNotAllowed } from "../../lib/errors.ts";
import { decodeObject } from "../decode/index.ts";
import { subjectOf, toStorage } from "../registry/catalog.ts";
import { createObject } from "../registry/create-object.ts";
import { atomically } from "../registry/dry-run.ts";
import { targetOf, trackUpdate } from "../registry/field-tracking.ts";
import { dedupeOwners } from "../registry/owner-references.ts";
import { mutationOptions } from "../registry/request-options.ts";
import { respond, servedText, writeOf, type ResourceCall } from "../registry/resource-call.ts";
import { scaleTarget, updateScale } from "../registry/scale.ts";
import { updateObject } from "../registry/update-object.ts";
import type { ApiResponse } from "../request.ts";
import { matchUrl, withMetadata } from "./create.ts";
import { requireCreatePermission } from "./patch.ts";

/** PUT of an object, of a view of it, or of its scale. */
export function update(call: ResourceCall): ApiResponse {
  const { kind, version, request, session, subresource } = call;
  if (subresource && subresource.type !== "view" && subresource.type !== "scale") throw methodNotAllowed();
  const options = mutationOptions(request, call.query, "UpdateOptions");
  const write = writeOf(call, options);
  const target = subresource?.type === "scale" ? scaleTarget : targetOf(kind, version);
  const decoded = decodeObject(request.body ?? "", target, options.fieldValidation);
  for (const text of decoded.warnings) write.warn(text);
  const sent = withMetadata(decoded.object);
  matchUrl(call, sent);
  const existing = session.existing(kind, request.namespace, request.name!);
  if (subresource?.type === "scale") {
    if (!existing) throw notFound(subjectOf(kind, request.name));
    return respond(200, JSON.stringify(atomically(write, () => updateScale(write, existing, sent, subresource))), write);
  }
  const obj = toStorage(kind, version, sent);
  dedupeOwners(write, obj);
  if (!existing) {
    if (!kind.strategy?.allowCreateOnUpdate || subresource) throw notFound(subjectOf(kind, request.name));
    return createByPut(call, obj, write);
  }
  const view = subresource?.type === "view" ? subresource : undefined;
  const written = atomically(write, () => updateObject(write, existing, obj, { view, track: (now, old) => trackUpdate(write, now, old) }));
  return respond(200, servedText(call, written), write);
}

function createByPut(call: ResourceCall, obj: KubeObject, write: ReturnType<typeof writeOf>): ApiResponse {
  requireCreatePermission(call);
  delete obj.metadata.resourceVersion;
  const written = atomically(write, () => createObject(write, obj, (created) => trackUpdate(write, created, undefined)));
  return respond(201, servedText(call, written), write);
}
