import type { KubeObject } from "../../../kinds/object.ts";
import type { StructSchema } from "../../../kinds/schema.ts";
/** Strategic merge patch over the version's schema. `patch` is JSON text. Throws ApiError 400. */
export declare function applyStrategicMergePatch(object: KubeObject, patch: string, schema: StructSchema): KubeObject;
