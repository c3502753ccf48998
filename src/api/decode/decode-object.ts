import type { KubeObject } from "../../kinds/object.ts";
import type { StructSchema } from "../../kinds/schema.ts";
import { ApiError, badRequest, invalid } from "../../lib/errors.ts";
import { invalidValue } from "../../lib/field-error.ts";
import { Conformer } from "./conform.ts";
import { duplicateFields } from "./duplicate-keys.ts";
import { Mismatch } from "./mismatch.ts";
import { parseJson } from "../../lib/json.ts";
import { isJsonObject } from "../../lib/json-value.ts";

export type FieldValidation = "Strict" | "Warn" | "Ignore";

/** What the body must be: the version of the request's path, and its schema. */
export interface DecodeTarget { group: string; version: string; kind: string; schema: StructSchema }

export interface Decoded { object: KubeObject; warnings: string[] }

/** JSON text of a create or update → object, without unknown fields and with Go's zero values left out. Throws ApiError 400. */
export function decodeObject(text: string, target: DecodeTarget, fieldValidation: FieldValidation): Decoded {
  const value = parseBody(text, target);
  const conformer = new Conformer();
  conformer.keys -= expectType(value, target);
  const object = refuseMismatch(() => conformer.struct(value, target.schema), value, target);
  const faults = fieldValidation === "Ignore" ? [] : strictFaults(text, conformer);
  if (faults.length > 0 && fieldValidation === "Strict") throw cannotBeHandled(value, target, strictError(faults));
  return { object: withMetadata(object, target), warnings: faults };
}

/** Options in a body (DeleteOptions), which every group's version knows as its own. Nothing unknown is refused. */
export function decodeOptions(text: string, target: DecodeTarget): Record<string, unknown> {
  const value = parseBody(text, target);
  if (typeof value["apiVersion"] === "string") value["apiVersion"] = groupVersion(target);
  expectType(value, target);
  return refuseMismatch(() => new Conformer().struct(value, target.schema), value, target);
}

/**
 * The same for a value that was parsed or patched already, which may be changed in place. Errors are those of a patch:
 * 422 with the patched object as the value. `patchFaults`: what strict reading found in the patch itself.
 */
export function conformObject(value: unknown, target: DecodeTarget, fieldValidation: FieldValidation, patchFaults: readonly string[] = []): Decoded {
  if (!isJsonObject(value)) throw badRequest(`the object provided is unrecognized (must be of type ${target.kind})`);
  value["apiVersion"] ??= groupVersion(target);
  value["kind"] ??= target.kind;
  expectType(value, target);
  const conformer = new Conformer();
  const refuse = (why: string) => invalid({ group: "", resource: "", kind: "" }, [invalidValue("patch", shorten(JSON.stringify(value)), why)]);
  let object: object;
  try {
    object = conformer.struct(value, target.schema);
  } catch (error) {
    throw error instanceof Mismatch ? refuse(error.message) : error;
  }
  const faults = [...patchFaults, ...conformer.unknown];
  if (faults.length > 0 && fieldValidation === "Strict") throw refuse(strictError(faults));
  return { object: withMetadata(object as Record<string, unknown>, target), warnings: fieldValidation === "Ignore" ? [] : faults };
}

/** The body of a server-side apply (JSON text): types are checked, but nothing that the client wrote is left out. */
export function decodeApplyPatch(text: string, target: DecodeTarget, fieldValidation: FieldValidation): Decoded {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw badRequest(`error decoding YAML: error converting YAML to JSON: ${(error as Error).message}`);
  }
  if (!isJsonObject(value)) throw badRequest("error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal value into Go value of type map[string]interface {}");
  if (!value["apiVersion"] || !value["kind"]) throw badRequest(`Object '${value["kind"] ? "apiVersion" : "Kind"}' is missing in '${shorten(text)}'`);
  if (value["apiVersion"] !== groupVersion(target)) {
    throw badRequest(`Incorrect version specified in apply patch. Specified patch version: ${shown(value["apiVersion"])}, expected: ${groupVersion(target)}`);
  }
  if (value["kind"] !== target.kind) throw badRequest(`invalid object type: ${groupVersion(target)}, Kind=${shown(value["kind"])}`);
  const conformer = new Conformer({ keepsZero: true });
  try {
    conformer.struct(value, target.schema);
  } catch (error) {
    throw error instanceof Mismatch ? untypedPatch(value, target, error.message) : error;
  }
  // Upstream's typed patches know no unknown fields, whatever fieldValidation says.
  if (conformer.unknown.length > 0) {
    throw untypedPatch(value, target, conformer.unknown.map((u) => `.${u.slice(15, -1)}: field not declared in schema`).join("\n"));
  }
  const duplicates = fieldValidation === "Ignore" ? [] : strictFaults(text, conformer);
  if (duplicates.length > 0 && fieldValidation === "Strict") throw badRequest(`error strict decoding YAML: ${duplicates.join(", ")}`);
  return { object: withMetadata(value, target), warnings: duplicates };
}

/** Objects always have metadata; options and reviews of some types have none. */
function withMetadata(object: Record<string, unknown>, { schema }: DecodeTarget): KubeObject {
  if (schema.fields.has("metadata")) object["metadata"] ??= {};
  return object as unknown as KubeObject;
}

const groupVersion = (t: { group: string; version: string }): string => (t.group ? `${t.group}/${t.version}` : t.version);
const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
const shorten = (text: string): string => (text.length > 1000 ? `${text.slice(0, 1000)} ...` : text);
const strictError = (faults: readonly string[]): string => `strict decoding error: ${faults.join(", ")}`;

function parseBody(text: string, target: DecodeTarget): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw unrecognized(text, target, `couldn't get version/kind; json parse error: ${(error as Error).message}`);
  }
  if (isJsonObject(value)) return value;
  throw unrecognized(text, target, `couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonType(value)} into Go value of type object`);
}

const jsonType = (value: unknown): string =>
  Array.isArray(value) ? "array" : value === null ? "null" : typeof value === "boolean" ? "bool" : typeof value;

function unrecognized(text: string, target: DecodeTarget, why: string): ApiError {
  const summary = text === "" ? "<empty>" : text.length > 30 ? `${text.slice(0, 30)} ...` : text;
  return badRequest(`the object provided is unrecognized (must be of type ${target.kind}): ${why} (${summary})`);
}

/** A body may leave its type out, as upstream's typed endpoints allow. Returns how many keys were added. */
function expectType(value: Record<string, unknown>, target: DecodeTarget): number {
  const expected = groupVersion(target);
  const added = Number(!Object.hasOwn(value, "apiVersion")) + Number(!Object.hasOwn(value, "kind"));
  value["apiVersion"] ||= expected;
  value["kind"] ||= target.kind;
  const { apiVersion, kind } = value;
  for (const [field, given] of [["apiVersion", apiVersion], ["kind", kind]] as const) if (typeof given !== "string") {
    throw badRequest(`the object provided is unrecognized (must be of type ${target.kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonType(given)} into Go struct field .${field} of type string`);
  }
  if (kind !== target.kind) throw cannotBeHandled(value, target, `no kind "${kind}" is registered for version "${apiVersion}"`);
  if (apiVersion !== expected) throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${expected})`);
  return added;
}

function cannotBeHandled(value: Record<string, unknown>, target: DecodeTarget, why: string): ApiError {
  const version = String(value["apiVersion"]).split("/").at(-1);
  return badRequest(`${shown(value["kind"])} in version "${version}" cannot be handled as a ${target.kind}: ${why}`);
}

function refuseMismatch<T>(run: () => T, value: Record<string, unknown>, target: DecodeTarget): T {
  try { return run(); } catch (error) { throw error instanceof Mismatch ? cannotBeHandled(value, target, error.message) : error; }
}

/** What is unknown is not looked into: repeated keys there are nobody's. */
function strictFaults(text: string, { unknown, keys }: Conformer): string[] {
  const skipped = unknown.map((fault) => fault.slice('unknown field "'.length, -1));
  const isWithin = (path: string, outer: string) => path.startsWith(outer) && (path.length === outer.length || /[.[]/.test(path[outer.length]!));
  return [...unknown, ...duplicateFields(text, keys, (path) => !skipped.some((outer) => isWithin(path, outer)))];
}

function untypedPatch(value: Record<string, unknown>, target: DecodeTarget, why: string): ApiError {
  const metadata = isJsonObject(value["metadata"]) ? value["metadata"] : {};
  const subject = `${shown(metadata["namespace"] ?? "")}/${shown(metadata["name"] ?? "")}; ${groupVersion(target)}, Kind=${target.kind}`;
  return badRequest(`failed to create typed patch object (${subject}): ${why}`);
}
