import type { SubresourceStatus } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import { badRequest, invalid, pathNotFound } from "../../lib/errors.ts";
import { decodeObject } from "../decode/index.ts";
import { schemaOf } from "../../kinds/facts/table.ts";
import { runAction } from "../registry/action.ts";
import { subjectOf, toStorage } from "../registry/catalog.ts";
import { createObject } from "../registry/create-object.ts";
import { atomically } from "../registry/dry-run.ts";
import { targetOf, trackUpdate } from "../registry/field-tracking.ts";
import { dedupeOwners } from "../registry/owner-references.ts";
import { mutationOptions, type MutationOptions } from "../registry/request-options.ts";
import { existingOf, respond, servedText, writeOf, type ResourceCall } from "../registry/resource-call.ts";
import type { Write } from "../registry/write-context.ts";
import type { ApiResponse } from "../request.ts";

/** POST: stores a new object, evaluates a review, or runs an action of an object. */
export function create(call: ResourceCall): ApiResponse {
  const options = mutationOptions(call.request, call.query, "CreateOptions");
  const write = writeOf(call, options);
  if (call.subresource) return act(call, write, options);
  const decoded = decodeObject(call.request.body ?? "", targetOf(call.kind, call.version), options.fieldValidation);
  for (const text of decoded.warnings) write.warn(text);
  const obj = toStorage(call.kind, call.version, withMetadata(decoded.object));
  settleNamespace(call, obj);
  if (call.kind.evaluate) return evaluate(call, write, obj);
  dedupeOwners(write, obj);
  const written = atomically(write, () => createObject(write, obj, (created) => trackUpdate(write, created, undefined)));
  return respond(201, servedText(call, written), write);
}

/** The object's namespace is the request's, whether it says so or not. */
export function settleNamespace({ kind, request }: Pick<ResourceCall, "kind" | "request">, { metadata }: KubeObject): void {
  if (kind.scope === "Cluster") {
    delete metadata.namespace;
    return;
  }
  if (metadata.namespace && metadata.namespace !== request.namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  metadata.namespace = request.namespace;
}

/** An object that is to replace another must be where its URL says. Throws 400. */
export function matchUrl(call: Pick<ResourceCall, "kind" | "request">, obj: KubeObject): void {
  const { name } = call.request;
  settleNamespace(call, obj);
  if (!obj.metadata.name) throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (obj.metadata.name !== name) throw badRequest(`the name of the object (${obj.metadata.name}) does not match the name on the URL (${name})`);
}

export function withMetadata(obj: KubeObject): KubeObject {
  obj.metadata ??= {};
  return obj;
}

function evaluate(call: ResourceCall, write: Write, obj: KubeObject): ApiResponse {
  const { strategy } = call.kind;
  strategy?.defaults?.(obj);
  const errors = strategy?.validate?.(obj, write) ?? [];
  if (errors.length > 0) throw invalid(subjectOf(call.kind, obj.metadata.name), errors);
  return answered(atomically(write, () => call.kind.evaluate!(obj, write)), write);
}

function act(call: ResourceCall, write: Write, options: MutationOptions): ApiResponse {
  const { subresource, request } = call;
  if (subresource?.type !== "action") throw pathNotFound();
  const { input } = subresource;
  const decoded = decodeObject(request.body ?? "", { group: input.group, version: input.version, kind: input.kind, schema: schemaOf(input.type) }, options.fieldValidation);
  for (const text of decoded.warnings) write.warn(text);
  const posted = withMetadata(decoded.object);
  if (posted.metadata.name && posted.metadata.name !== request.name) {
    throw badRequest(`the name of the object (${posted.metadata.name}) does not match the name on the URL (${request.name})`);
  }
  posted.metadata.name = request.name;
  settleNamespace(call, posted);
  return answered(atomically(write, () => runAction(write, existingOf(call).object, posted)), write);
}

function answered(answer: KubeObject | SubresourceStatus, write: Write): ApiResponse {
  if (!isStatus(answer)) return respond(201, JSON.stringify(answer), write);
  const { code, message } = answer;
  const failed = code >= 400;
  const body = { kind: "Status", apiVersion: "v1", metadata: {}, status: failed ? "Failure" : "Success", ...(message && { message }), code };
  return respond(code, JSON.stringify(body), write);
}

const isStatus = (answer: object): answer is SubresourceStatus =>
  (answer as { kind?: string }).kind === "Status" && typeof (answer as { code?: unknown }).code === "number";
