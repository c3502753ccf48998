import { duplicateFields } from "../decode/duplicate-keys.ts";
import { isJsonObject } from "../../lib/json-value.ts";
import { parsePatch } from "./parse-patch.ts";

const operationKeys: ReadonlySet<string> = new Set(["op", "path", "from", "value"]);

/** What strict reading finds wrong with a patch's own text: repeated keys, and members that no JSON Patch operation has. */
export function patchFaults(text: string, patchType: string | undefined): string[] {
  const patch = parsePatch(text);
  if (patchType !== "application/json-patch+json") return duplicateFields(text, countKeys(patch));
  return [...unknownMembers(patch), ...duplicateFields(text, countKeys(patch))].map((fault) => `json patch ${fault}`);
}

function unknownMembers(operations: unknown): string[] {
  if (!Array.isArray(operations)) return [];
  return operations.flatMap((operation, i) => (isJsonObject(operation) ? Object.keys(operation) : [])
    .filter((key) => !operationKeys.has(key)).map((key) => `unknown field "[${i}].${key}"`)).slice(0, 100);
}

function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inner = Object.values(value).reduce<number>((sum, child) => sum + countKeys(child), 0);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
}
