import type { KubeObject } from "../../kinds/object.ts";
import { ApiError, badRequest, requestTooLarge } from "../../lib/errors.ts";
import { cloneJson, equalJson, isJsonObject, parsePatch, setKey, type JsonObject } from "./json.ts";

/**
 * RFC 6902 over a copy of the object, as strict about indices and missing paths as the library that upstream uses.
 * `patch` is JSON text. Throws ApiError: 400 malformed, 422 a failed operation, 413 too many.
 */
export function applyJsonPatch(object: KubeObject, patch: string): KubeObject {
  const operations = parsePatch(patch);
  if (!Array.isArray(operations)) throw badRequest("json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  if (operations.length > operationsMax) {
    throw requestTooLarge(`Request entity too large: The allowed maximum operations in a JSON patch is ${operationsMax}, got ${operations.length}`);
  }
  const root = { document: cloneJson(object) as unknown };
  for (const operation of operations) applyOperation(root, operation);
  return root.document as KubeObject;
}

const operationsMax = 10_000;
/** A copy within a document doubles it: without a bound thirty of them fill the memory. */
const copiedBytesMax = 3_145_728;

interface Root { document: unknown; copiedBytes?: number }

const failed = (why: string) => new ApiError(422, "Invalid", "the server rejected our request due to an error in our request", { causes: [{ reason: "UnexpectedServerResponse", message: why }] });

function applyOperation(root: Root, operation: unknown): void {
  if (!isJsonObject(operation)) throw badRequest("json: cannot unmarshal value into Go value of type jsonpatch.Operation");
  const { op, path, from } = operation;
  if (typeof path !== "string") throw failed("missing path");
  switch (op) {
    case "add": return add(root, path, valueOf(operation));
    case "remove": remove(root, path); return;
    case "replace": {
      const value = valueOf(operation);
      if (path === "") { root.document = value; return; }
      const place = find(root, path, "replace");
      if (!place.exists) throw failed(`replace operation does not apply: doc is missing key: ${path}: missing value`);
      place.set(value);
      return;
    }
    case "move": return add(root, path, remove(root, pointer(from)));
    case "copy": {
      const value = cloneJson(read(root, pointer(from), "copy"));
      root.copiedBytes = (root.copiedBytes ?? 0) + (JSON.stringify(value)?.length ?? 0);
      if (root.copiedBytes > copiedBytesMax) throw failed(`Unable to complete the copy, the accumulated size increase of copy is ${root.copiedBytes}, exceeding the limit ${copiedBytesMax}`);
      return add(root, path, value);
    }
    case "test": {
      const place = path === "" ? undefined : find(root, path, "test");
      const actual = place ? (place.exists ? place.get() : null) : root.document;
      if (!equalJson(actual, operation["value"] ?? null)) throw failed(`testing value ${path} failed`);
      return;
    }
    default: throw failed(`Unexpected kind: ${String(op)}`);
  }
}

function valueOf(operation: JsonObject): unknown {
  if (!Object.hasOwn(operation, "value")) throw failed("missing value");
  return cloneJson(operation["value"]);
}

function pointer(from: unknown): string {
  if (typeof from !== "string") throw failed("missing from");
  return from;
}

function add(root: Root, path: string, value: unknown): void {
  if (path === "") { root.document = value; return; }
  find(root, path, "add").add(value);
}

function remove(root: Root, path: string): unknown {
  if (path === "") throw failed("remove operation does not apply: doc is missing path: \"\": missing value");
  const place = find(root, path, "remove");
  if (!place.exists) throw failed(`remove operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`);
  const value = place.get();
  place.remove();
  return value;
}

function read(root: Root, path: string, operation: string): unknown {
  if (path === "") return root.document;
  const place = find(root, path, operation);
  if (!place.exists) throw failed(`${operation} operation does not apply: doc is missing from path: ${path}: missing value`);
  return place.get();
}

interface Place { exists: boolean; get(): unknown; set(value: unknown): void; add(value: unknown): void; remove(): void }

/** The place that a pointer names; its parent must exist. */
function find(root: Root, path: string, operation: string): Place {
  const missing = () => failed(`${operation} operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`);
  if (!path.startsWith("/")) throw missing();
  const keys = path.slice(1).split("/").map((k) => k.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = keys.pop()!;
  let parent: unknown = root.document;
  for (const key of keys) {
    if (isJsonObject(parent) && Object.hasOwn(parent, key)) parent = parent[key];
    else if (Array.isArray(parent)) parent = parent[indexOf(key, parent.length - 1, path)];
    else throw missing();
  }
  if (isJsonObject(parent)) return inObject(parent, last);
  if (Array.isArray(parent)) return inArray(parent, last, path);
  throw missing();
}

function inObject(parent: JsonObject, key: string): Place {
  return {
    exists: Object.hasOwn(parent, key),
    get: () => parent[key],
    set: (value) => setKey(parent, key, value),
    add: (value) => setKey(parent, key, value),
    remove: () => { delete parent[key]; },
  };
}

function inArray(parent: unknown[], key: string, path: string): Place {
  const at = () => indexOf(key, parent.length - 1, path);
  return {
    exists: key !== "-" && parent.length > 0 && at() < parent.length,
    get: () => parent[at()],
    set: (value) => { parent[at()] = value; },
    add: (value) => { parent.splice(key === "-" ? parent.length : indexOf(key, parent.length, path), 0, value); },
    remove: () => { parent.splice(at(), 1); },
  };
}

/** Negative indices count from the end. */
function indexOf(key: string, max: number, path: string): number {
  if (!/^(0|-?[1-9][0-9]{0,8})$/.test(key)) throw failed(`strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`);
  const index = Number(key) < 0 ? max + 1 + Number(key) : Number(key);
  if (index < 0 || index > max) throw failed(`Unable to access invalid index: ${key}: invalid index referenced (${path})`);
  return index;
}
