import type { KubeObject } from "../../kinds/object.ts";
import { badRequest, notFound } from "../../lib/errors.ts";
import { decodeObject } from "../decode/index.ts";
import { subjectOf, toStorage } from "../registry/catalog.ts";
import { createObject } from "../registry/create-object.ts";
import { atomically } from "../registry/dry-run.ts";
import { targetOf, trackUpdate } from "../registry/field-tracking.ts";
import { mutationOptions } from "../registry/request-options.ts";
import { notAllowed, respond, servedText, writeOf, type ResourceCall } from "../registry/resource-call.ts";
import { scaleTarget, updateScale } from "../registry/scale.ts";
import { updateObject } from "../registry/update-object.ts";
import type { ApiResponse } from "../request.ts";
import { settleNamespace, warnOfDeprecation, withMetadata } from "./create.ts";
import { requireCreatePermission } from "./patch.ts";

/** PUT of an object, of a view of it, or of its scale. */
export function update(call: ResourceCall): ApiResponse {
  const { kind, version, request, session, subresource } = call;
  if (subresource && subresource.type !== "view" && subresource.type !== "scale") throw notAllowed();
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
  warnOfDeprecation(call, write);
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
  settleNamespace(call, obj);
  const written = atomically(write, () => createObject(write, obj, (created) => trackUpdate(write, created, undefined)));
  return respond(201, servedText(call, written), write);
}

function matchUrl({ kind, request }: ResourceCall, { metadata }: KubeObject): void {
  if (!metadata.name) throw badRequest(`the name of the object (${request.name} based on URL) was undeterminable: name must be provided`);
  if (metadata.name !== request.name) throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${request.name})`);
  if (kind.scope === "Cluster") delete metadata.namespace;
  else if (metadata.namespace && metadata.namespace !== request.namespace) {
    throw badRequest(`the namespace of the object (${metadata.namespace}) does not match the namespace on the request (${request.namespace})`);
  }
}
