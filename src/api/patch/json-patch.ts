import type { KubeObject } from "../../kinds/object.ts";
import { ApiError, badRequest, requestTooLarge } from "../../lib/errors.ts";
import { deepEqual } from "../../lib/deep-equal.ts";
import { cloneJson, isJsonObject, setKey, type JsonObject } from "../../lib/json-value.ts";
import { parsePatch } from "./parse-patch.ts";

/**
 * RFC 6902 over a copy of the object, as the library reads it that upstream uses (evanphx/json-patch v4): a member that is
 * missing counts as null to `replace`, `copy` and `test`, an operation without a value has null, and the document as a
 * whole can be replaced and tested only. `patch` is JSON text. Throws ApiError: 400 malformed, 422 a failed operation,
 * 413 too many.
 */
export function applyJsonPatch(object: KubeObject, patch: string): KubeObject {
  const operations = parsePatch(patch);
  if (!Array.isArray(operations)) throw badRequest("json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  if (operations.length > operationsMax) {
    throw requestTooLarge(`Request entity too large: The allowed maximum operations in a JSON patch is ${operationsMax}, got ${operations.length}`);
  }
  const root: Root = { document: cloneJson(object), copiedBytes: 0 };
  for (const operation of operations) applyOperation(root, operation);
  return root.document as KubeObject;
}

const operationsMax = 10_000;
/** A copy within a document doubles it: without a bound thirty of them fill the memory. */
const copiedBytesMax = 3_145_728;

interface Root { document: unknown; copiedBytes: number }

const failed = (why: string) => new ApiError(422, "Invalid", "the server rejected our request due to an error in our request", { causes: [{ reason: "UnexpectedServerResponse", message: why }] });

/** What is wrong with a place; the operation tells which one it was. */
class Misplaced extends Error {}
const MISSING = "missing value";

function applyOperation(root: Root, operation: unknown): void {
  if (!isJsonObject(operation)) throw badRequest("json: cannot unmarshal value into Go value of type jsonpatch.Operation");
  const { op } = operation;
  const run = typeof op === "string" && Object.hasOwn(runs, op) ? runs[op] : undefined;
  if (!run) throw failed(`Unexpected kind: ${typeof op === "string" ? op : "unknown"}`);
  run(root, operation);
}

const runs: Readonly<Record<string, (root: Root, operation: JsonObject) => void>> = {
  add(root, operation) {
    const path = pointer(operation, "path", `add operation failed to decode path: ${MISSING}`);
    const place = find(root, path, `add operation does not apply: doc is missing path: "${path}": ${MISSING}`);
    within(`error in add for path: '${path}'`, () => place.add(valueOf(operation)));
  },
  remove(root, operation) {
    const path = pointer(operation, "path", `remove operation failed to decode path: ${MISSING}`);
    const place = find(root, path, `remove operation does not apply: doc is missing path: "${path}": ${MISSING}`);
    within(`error in remove for path: '${path}'`, () => place.remove());
  },
  replace(root, operation) {
    const path = pointer(operation, "path", `replace operation failed to decode path: operation missing path field: ${MISSING}`);
    const value = valueOf(operation);
    if (path === "") { root.document = whole(value); return; }
    const place = find(root, path, `replace operation does not apply: doc is missing path: ${path}: ${MISSING}`);
    within(undefined, () => place.get(), `replace operation does not apply: doc is missing key: ${path}: ${MISSING}`);
    place.set(value);
  },
  move(root, operation) {
    const from = pointer(operation, "from", `move operation failed to decode from: operation, missing from field: ${MISSING}`);
    const source = find(root, from, `move operation does not apply: doc is missing from path: ${from}: ${MISSING}`);
    const value = within(`error in move for path: '${source.key}'`, () => source.get());
    within(`error in move for path: '${source.key}'`, () => source.remove());
    const path = pointer(operation, "path", `move operation failed to decode path: operation missing path field: ${MISSING}`);
    const place = find(root, path, `move operation does not apply: doc is missing destination path: ${path}: ${MISSING}`);
    within(`error in move for path: '${path}'`, () => place.add(value));
  },
  copy(root, operation) {
    const from = pointer(operation, "from", `copy operation failed to decode from: operation, missing from field: ${MISSING}`);
    const source = find(root, from, `copy operation does not apply: doc is missing from path: ${from}: ${MISSING}`);
    const value = cloneJson(within(`error in copy for from: '${from}'`, () => source.get()));
    const path = pointer(operation, "path", `copy operation failed to decode path: ${MISSING}`);
    const place = find(root, path, `copy operation does not apply: doc is missing destination path: ${path}: ${MISSING}`);
    root.copiedBytes += JSON.stringify(value).length;
    if (root.copiedBytes > copiedBytesMax) throw failed(`Unable to complete the copy, the accumulated size increase of copy is ${root.copiedBytes}, exceeding the limit ${copiedBytesMax}`);
    within("error while adding value during copy", () => place.add(value));
  },
  test(root, operation) {
    const path = pointer(operation, "path", `test operation failed to decode path: operation missing path field: ${MISSING}`);
    const place = path === "" ? undefined : find(root, path, `test operation does not apply: is missing path: ${path}: ${MISSING}`);
    const actual = place ? within(`error in test for path: '${path}'`, () => place.get()) : root.document;
    if (!deepEqual(actual, operation["value"] ?? null)) throw failed(`testing value ${path} failed: test failed`);
  },
};

const valueOf = (operation: JsonObject): unknown => cloneJson(operation["value"] ?? null);

function pointer(operation: JsonObject, field: "path" | "from", missing: string): string {
  const value = operation[field];
  if (typeof value !== "string") throw failed(missing);
  return value;
}

function whole(value: unknown): unknown {
  if (typeof value !== "object" || value === null) throw failed("replace operation value must be object or array");
  return value;
}

function within<T>(where: string | undefined, run: () => T, instead?: string): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof Misplaced ? failed(instead ?? `${where}: ${error.message}`) : error;
  }
}

/** They throw Misplaced. What is not there reads as null in an object. */
interface Place { key: string; get(): unknown; set(value: unknown): void; add(value: unknown): void; remove(): void }

/** The place that a pointer names; its parent must exist. */
function find(root: Root, path: string, missing: string): Place {
  const [, ...keys] = path.split("/").map((k) => k.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = keys.pop();
  let parent: unknown = root.document;
  for (const key of keys) parent = childOf(parent, key);
  if (last !== undefined && isJsonObject(parent)) return inObject(parent, last);
  if (last !== undefined && Array.isArray(parent)) return inArray(parent, last);
  throw failed(missing);
}

function childOf(parent: unknown, key: string): unknown {
  if (isJsonObject(parent)) return Object.hasOwn(parent, key) ? parent[key] : undefined;
  return Array.isArray(parent) && integer.test(key) ? parent.at(Number(key)) : undefined;
}

function inObject(parent: JsonObject, key: string): Place {
  const set = (value: unknown) => setKey(parent, key, value);
  return {
    key, set, add: set,
    get: () => (Object.hasOwn(parent, key) ? parent[key] : null),
    remove() {
      if (!Object.hasOwn(parent, key)) throw new Misplaced(`Unable to remove nonexistent key: ${key}: ${MISSING}`);
      delete parent[key];
    },
  };
}

function inArray(parent: unknown[], key: string): Place {
  const at = () => indexOf(key, parent.length, `strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`);
  return {
    key,
    get: () => parent[at()],
    set: (value) => { parent[at()] = value; },
    add(value) {
      const index = key === "-" ? parent.length : indexOf(key, parent.length + 1, `value was not a proper array index: '${key}': strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`);
      parent.splice(index, 0, value);
    },
    remove: () => { parent.splice(at(), 1); },
  };
}

const integer = /^[+-]?\d{1,15}$/;

/** Negative indices count from the end. */
function indexOf(key: string, count: number, malformed: string): number {
  if (!integer.test(key)) throw new Misplaced(malformed);
  const index = Number(key);
  if (index >= count || index < -count) throw new Misplaced(`Unable to access invalid index: ${index}: invalid index referenced`);
  return index < 0 ? index + count : index;
}
