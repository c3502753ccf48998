import type { KubeObject, ManagedFieldsEntry } from "../../../kinds/object.ts";
import type { StructSchema } from "../../../kinds/schema.ts";

export interface ManagedWrite {
  /** As of `managerName`. */
  manager: string;
  /** Of the request: "apps/v1". */
  apiVersion: string;
  /** "status", …; absent for the main resource. */
  subresource?: string;
  /** RFC 3339. */
  nowIso: string;
}

/** `fieldManager=` if given, else what stands before "/" in the user agent. */
export declare function managerName(fieldManager: string | undefined, userAgent: string): string;
/**
 * metadata.managedFields after a write that is no apply: what changed between `old` (undefined: create) and `now` belongs
 * to the manager. `now.metadata.managedFields` is what the client sent; it is honoured as upstream does.
 */
export declare function trackUpdate(old: KubeObject | undefined, now: KubeObject, schema: StructSchema, write: ManagedWrite): ManagedFieldsEntry[] | undefined;
