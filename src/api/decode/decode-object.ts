import type { KubeObject } from "../../kinds/object.ts";
import type { StructSchema } from "../../kinds/schema.ts";

export type FieldValidation = "Strict" | "Warn" | "Ignore";

/** What the body must be: the version of the request's path, and its schema. */
export interface DecodeTarget { group: string; version: string; kind: string; schema: StructSchema }

export interface Decoded { object: KubeObject; warnings: string[] }

/** JSON text of a create or update → object, without unknown fields and with Go's zero values left out. Throws ApiError 400. */
export declare function decodeObject(text: string, target: DecodeTarget, fieldValidation: FieldValidation): Decoded;
/** The same for a value that was parsed or patched already. */
export declare function conformObject(value: unknown, target: DecodeTarget, fieldValidation: FieldValidation): Decoded;
/** The body of a server-side apply (JSON text): types are checked, but nothing that the client wrote is left out. */
export declare function decodeApplyPatch(text: string, target: DecodeTarget, fieldValidation: FieldValidation): Decoded;
