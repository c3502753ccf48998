import type { KubeObject } from "../../../kinds/object.ts";
import type { StructSchema } from "../../../kinds/schema.ts";
import type { ManagedWrite } from "./track-update.ts";

export interface ApplyOptions extends ManagedWrite {
  force: boolean;
  /** Paths that this door resets, so that an apply through it does not own them: ["status"] on the main resource. */
  resetFields?: readonly string[];
}

/**
 * Server-side apply of `patch` (from `decodeApplyPatch`) on `live` (undefined: create). The result has its managedFields;
 * `live` itself is returned when nothing changes. Throws ApiError: 409 with FieldManagerConflict causes, 400.
 */
export declare function applyServerSide(live: KubeObject | undefined, patch: KubeObject, schema: StructSchema, options: ApplyOptions): KubeObject;
