import type { KubeObject } from "../../kinds/object.ts";
/** RFC 7386. `patch` is JSON text. Throws ApiError 400. */
export declare function applyMergePatch(object: KubeObject, patch: string): KubeObject;
