import type { KubeObject } from "../../kinds/object.ts";
import { deny } from "../../auth/authorizers/index.ts";
import { badRequest, conflict, notFound, unsupportedMediaType, methodNotAllowed } from "../../lib/errors.ts";
import { conformObject, decodeApplyPatch, type Decoded, type DecodeTarget } from "../decode/index.ts";
import { applyJsonPatch, applyMergePatch, applyServerSide, applyStrategicMergePatch, keepTimesIfIdle, patchFaults } from "../patch/index.ts";
import { apiVersionOf, fromStorage, subjectOf, toStorage } from "../registry/catalog.ts";
import { createObject } from "../registry/create-object.ts";
import { atomically } from "../registry/dry-run.ts";
import { managedWrite, targetOf, trackUpdate } from "../registry/field-tracking.ts";
import { mutationOptions, type MutationOptions } from "../registry/request-options.ts";
import { existingOf, respond, servedText, writeOf, type ResourceCall } from "../registry/resource-call.ts";
import { scaleOf, scaleTarget, updateScale } from "../registry/scale.ts";
import type { Written } from "../registry/store-object.ts";
import { updateObject, type Existing } from "../registry/update-object.ts";
import type { Write } from "../registry/write-context.ts";
import type { ApiRequest, ApiResponse } from "../request.ts";
import { matchUrl, settleNamespace, withMetadata } from "./create.ts";
import { parseJson } from "../../lib/json.ts";

const JSON_TYPES = ["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"];
const STRATEGIC = "application/strategic-merge-patch+json";

/** PATCH of an object, a view of it, or its scale; server-side apply creates what is not there. */
export function patch(call: ResourceCall): ApiResponse {
  const { subresource, request } = call;
  if (subresource && subresource.type !== "view" && subresource.type !== "scale") throw methodNotAllowed();
  const options = mutationOptions(request, call.query, "PatchOptions");
  const write = writeOf(call, options);
  if (subresource?.type === "scale") return atomically(write, () => patchScale(call, write, options));
  if (request.patchType === "application/apply-patch+yaml") return atomically(write, () => apply(call, write, options));
  const existing = existingOf(call);
  const target = targetOf(call.kind, call.version);
  const patched = patchedBy(request, ownCopy(call, existing), target);
  const decoded = conformed(write, conformObject(patched, target, options.fieldValidation, faultsOf(request, options)));
  matchUrl(call, decoded);
  const obj = toStorage(call.kind, call.version, decoded);
  const view = subresource?.type === "view" ? subresource : undefined;
  const written = atomically(write, () => updateObject(write, existing, obj, { view, track: (now, old) => trackUpdate(write, now, old) }));
  return respond(200, servedText(call, written), write);
}

/** Creating by apply or PUT takes the permission to create as well. */
export function requireCreatePermission({ request, session, user }: ResourceCall): void {
  const { group, version, resource, namespace, name } = request;
  const attributes = { verb: "create", group, version, resource, ...(namespace && { namespace }), ...(name && { name }) };
  const opinion = session.machinery.authorize(session, user, attributes);
  if (!opinion.allowed) throw deny(user, attributes, opinion.reason);
}

function patchedBy(request: ApiRequest, live: KubeObject, target: DecodeTarget): KubeObject {
  const text = request.body ?? "";
  switch (request.patchType) {
    case "application/json-patch+json": return applyJsonPatch(live, text);
    case "application/merge-patch+json": return applyMergePatch(live, text);
    case "application/strategic-merge-patch+json":
      // Custom resources have no merge keys: upstream does not offer it for them.
      if (!target.schema.name) throw unsupportedMediaType(JSON_TYPES);
      return applyStrategicMergePatch(live, text, target.schema);
    default: throw unsupportedMediaType([...JSON_TYPES, STRATEGIC]);
  }
}

/** An apply's text is judged as it is decoded. */
function faultsOf({ body = "", patchType }: ApiRequest, { fieldValidation }: MutationOptions): string[] {
  return fieldValidation === "Ignore" || patchType === "application/apply-patch+yaml" ? [] : patchFaults(body, patchType);
}

/** The patched object shares parts with the live one, and the pipeline changes it in place. */
const ownCopy = ({ kind, version }: ResourceCall, existing: Existing): KubeObject =>
  fromStorage(kind, version, parseJson(existing.json) as KubeObject);

function conformed(write: Write, { object, warnings }: Decoded): KubeObject {
  for (const text of warnings) write.warn(text);
  return withMetadata(object);
}

function apply(call: ResourceCall, write: Write, options: MutationOptions): ApiResponse {
  const { kind, version, request, session, subresource } = call;
  const target = targetOf(kind, version);
  const applied = conformed(write, decodeApplyPatch(request.body ?? "", target, options.fieldValidation));
  settleApplied(call, applied);
  const view = subresource?.type === "view" ? subresource : undefined;
  const resetFields = resetFieldsOf(call, target.schema);
  const managed = { ...managedWrite(write), force: options.force, ...(resetFields && { resetFields }) };
  const existing = session.existing(kind, request.namespace, request.name!);
  if (!existing) {
    if (view) throw notFound(subjectOf(kind, request.name));
    return respond(201, servedText(call, createByApply(call, write, applied, (patch) => applyServerSide(undefined, patch, target.schema, managed))), write);
  }
  const live = ownCopy(call, existing);
  const merged = applyServerSide(live, applied, target.schema, managed);
  if (merged === live) return respond(200, servedText(call, existing), write);
  const obj = toStorage(kind, version, conformObject(merged, target, "Ignore").object);
  const written = updateObject(write, existing, obj, { view, track: () => undefined, complete: (now, old) => keepTimesIfIdle(old, now) });
  return respond(200, servedText(call, written), write);
}

/** What the door at hand resets is nobody's that applies through it: status on the main one, all else on status. */
function resetFieldsOf({ kind, request: { subresource } }: ResourceCall, schema: DecodeTarget["schema"]): string[] | undefined {
  if (subresource === undefined) return kind.subresources?.status && ["status"];
  if (subresource !== "status") return undefined;
  return [...schema.fields.keys()].filter((name) => !["apiVersion", "kind", "metadata", "status"].includes(name));
}

function createByApply(call: ResourceCall, write: Write, applied: KubeObject, merge: (patch: KubeObject) => KubeObject): Written {
  const { kind, version, request } = call;
  requireCreatePermission(call);
  if (applied.metadata.uid) {
    throw conflict(subjectOf(kind, request.name), `uid mismatch: the provided object specified uid ${applied.metadata.uid}, and no existing object was found`);
  }
  const merged = merge(applied);
  const obj = toStorage(kind, version, withMetadata(conformObject(merged, targetOf(kind, version), "Ignore").object));
  delete obj.metadata.resourceVersion;
  return createObject(write, obj, () => undefined);
}

/** What an apply leaves out of its own address is taken from the URL; what it says otherwise is refused. */
function settleApplied(call: ResourceCall, applied: KubeObject): void {
  const { request, kind, version } = call;
  const { metadata } = applied;
  if (metadata.name && metadata.name !== request.name) {
    throw badRequest(`metadata.name: Invalid value: ${JSON.stringify(metadata.name)}: must match the name on the URL (${request.name})`);
  }
  metadata.name = request.name;
  settleNamespace(call, applied);
  applied.apiVersion ??= apiVersionOf(kind, version);
  applied.kind ??= kind.kind;
  if (metadata.managedFields?.length) throw badRequest("metadata.managedFields must be nil");
  delete metadata.managedFields;
}

function patchScale(call: ResourceCall, write: Write, options: MutationOptions): ApiResponse {
  const { subresource, request } = call;
  if (subresource?.type !== "scale") throw methodNotAllowed();
  const existing = existingOf(call);
  const live = scaleOf(existing.object, subresource, { toPatch: true });
  const patched = request.patchType === "application/apply-patch+yaml"
    ? applyMergePatch(live, JSON.stringify(decodeApplyPatch(request.body ?? "", scaleTarget, options.fieldValidation).object))
    : patchedBy(request, live, scaleTarget);
  const scale = conformed(write, conformObject(patched, scaleTarget, options.fieldValidation, faultsOf(request, options)));
  matchUrl(call, scale);
  return respond(200, JSON.stringify(updateScale(write, existing, scale, subresource)), write);
}
