import type { KubeObject } from "../../kinds/object.ts";
import { badRequest } from "../../lib/errors.ts";
import { cloneJson, isJsonObject, setKey, type JsonObject } from "../../lib/json-value.ts";
import { parsePatch } from "./parse-patch.ts";

/** RFC 7386 over a copy of the object. `patch` is JSON text. Throws ApiError 400. */
export function applyMergePatch(object: KubeObject, patch: string): KubeObject {
  const parsed = parsePatch(patch);
  if (!isJsonObject(parsed)) throw badRequest("error decoding patch: json: cannot unmarshal value into Go value of type map[string]interface {}");
  return merge(cloneJson(object), parsed) as unknown as KubeObject;
}

function merge(target: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) return isJsonObject(target) ? patch : patch.map(withoutNulls);
  if (!isJsonObject(patch)) return patch;
  const result: JsonObject = isJsonObject(target) ? target : {};
  for (const key of Object.keys(patch)) {
    if (patch[key] === null) delete result[key];
    else setKey(result, key, merge(Object.hasOwn(result, key) ? result[key] : undefined, patch[key]));
  }
  return result;
}

/**
 * What the patch brings anew has no nulls in its objects, those within lists included; among a list's items they stay.
 * Upstream's library leaves a list alone that takes the place of an object.
 */
const withoutNulls = (item: unknown): unknown => (typeof item === "object" && item !== null ? merge(undefined, item) : item);
