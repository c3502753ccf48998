import { conformObject, type DecodeTarget } from "../../api/decode/index.ts";
import { applyJsonPatch } from "../../api/patch/index.ts";
import { schemaOf } from "../../kinds/facts/table.ts";
import type { WriteContext } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { StructSchema } from "../../kinds/schema.ts";
import { deepEqual } from "../../lib/deep-equal.ts";
import { ApiError, badRequest, internalError } from "../../lib/errors.ts";
import { parseJson } from "../../lib/json.ts";
import type { AdmissionAttributes } from "../plugin.ts";
import { CallFailed } from "./call.ts";
import type { Invocation } from "./match.ts";

/** Applies what a webhook answered to what it saw, and that to the request, in place. Tells whether it changed anything. */
export function applyPatch({ hook, seen }: Invocation, patch: string, attributes: AdmissionAttributes, ctx: WriteContext): boolean {
  const operations = operationsOf(patch);
  if (operations === undefined) throw new CallFailed(hook, "received undecodable patch in webhook response: the patch is no list of operations");
  if (operations.length === 0) return false;
  if (!seen.object) throw internalError(`admission webhook ${JSON.stringify(hook.written.name)} attempted to modify the object, which is not supported for this operation`);
  const changed = patched(seen.object, patch, targetOf(seen));
  if (deepEqual(changed, seen.object)) return false;
  if (attributes.input) replace(attributes.input, changed);
  else settle(attributes, ctx.fromVersion(seen.version, changed));
  return true;
}

function operationsOf(patch: string): unknown[] | undefined {
  try {
    const operations: unknown = parseJson(patch);
    return Array.isArray(operations) ? operations : undefined;
  } catch {
    return undefined;
  }
}

/** Unknown fields are dropped, as upstream's decoder does; what does not fit the type is an error. */
function patched(object: KubeObject, patch: string, target: DecodeTarget): KubeObject {
  try {
    return conformObject(applyJsonPatch(object, patch), target, "Ignore").object;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw internalError(error.status.details?.causes?.[0]?.message ?? error.message);
  }
}

function targetOf({ version, attributes: { kind, inputType } }: Invocation["seen"]): DecodeTarget {
  if (inputType) return { ...inputType, schema: schemaOf(inputType.type) as StructSchema };
  return { group: version.group ?? kind.group, version: version.version, kind: kind.kind, schema: (version.schema ?? schemaOf(version.type!)) as StructSchema };
}

/** An object that was not there before gets the identity back that the webhook did not see. */
function settle({ operation, kind, object }: AdmissionAttributes, changed: KubeObject): void {
  if (operation === "CREATE") {
    const { uid, creationTimestamp, generation, namespace } = object!.metadata;
    if (changed.metadata.namespace !== namespace) throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
    Object.assign(changed.metadata, { uid, creationTimestamp, ...(generation !== undefined && { generation }) });
  }
  replace(object!, changed);
  kind.strategy?.defaults?.(object!);
}

function replace(object: KubeObject, changed: KubeObject): void {
  for (const key of Object.keys(object)) delete object[key];
  Object.assign(object, changed);
}
