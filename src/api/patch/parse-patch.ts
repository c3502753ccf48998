import { badRequest } from "../../lib/errors.ts";
import { parseJson } from "../../lib/json.ts";
import type { JsonObject } from "../../lib/json-value.ts";

/** Parses a patch's text. What follows recurses over it, so its depth is bounded here. */
export function parsePatch(text: string): unknown {
  let patch: unknown;
  try {
    patch = parseJson(text);
  } catch (error) {
    throw badRequest(`error decoding patch: ${(error as Error).message}`);
  }
  refuseDepth(patch, 400);
  return patch;
}

function refuseDepth(value: unknown, left: number): void {
  if (typeof value !== "object" || value === null) return;
  if (left === 0) throw badRequest("error decoding patch: exceeded max depth");
  for (const key of Object.keys(value)) refuseDepth((value as JsonObject)[key], left - 1);
}
