import type { KubeObject } from "../../kinds/object.ts";
/** RFC 6902. `patch` is JSON text. Throws ApiError: 400 malformed, 422 a failed operation, 413 too many. */
export declare function applyJsonPatch(object: KubeObject, patch: string): KubeObject;
