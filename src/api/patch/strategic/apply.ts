import type { KubeObject } from "../../../kinds/object.ts";
import type { StructSchema } from "../../../kinds/schema.ts";
import { badRequest } from "../../../lib/errors.ts";
import { cloneJson, isJsonObject } from "../../../lib/json-value.ts";
import { parsePatch } from "../parse-patch.ts";
import { mergeMap } from "./merge-map.ts";

/**
 * Strategic merge patch over the version's schema: lists of objects merge by key, `$patch`, `$retainKeys`,
 * `$setElementOrder/…` and `$deleteFromPrimitiveList/…` are obeyed (apimachinery's strategicpatch). The object is not
 * changed. `patch` is JSON text. Throws ApiError 400.
 */
export function applyStrategicMergePatch(object: KubeObject, patch: string, schema: StructSchema): KubeObject {
  const parsed = parsePatch(patch);
  if (!isJsonObject(parsed)) throw badRequest("error decoding patch: json: cannot unmarshal value into Go value of type map[string]interface {}");
  return mergeMap(cloneJson(object), parsed, schema) as unknown as KubeObject;
}
