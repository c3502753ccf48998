import { ApiError } from "../../../lib/errors.ts";
import { memberPaths, type FieldSet } from "./field-set.ts";
import type { Manager } from "./managers.ts";

/** Fields that an apply would change although another manager set them to what they are. */
export interface Conflict { manager: Manager; fields: FieldSet }

/** 409 with a FieldManagerConflict cause for each field; kubectl prints them and explains `--force-conflicts`. */
export function applyConflict(conflicts: readonly Conflict[]): ApiError {
  const found = conflicts.flatMap(({ manager, fields }) => [...memberPaths(fields)].map((path) => ({ by: describe(manager), path })));
  const causes = found.map(({ by, path }) => ({ reason: "FieldManagerConflict", message: `conflict with ${by}`, field: path }));
  return new ApiError(409, "Conflict", message(found), { causes });
}

function message(found: readonly { by: string; path: string }[]): string {
  if (found.length === 1) return `Apply failed with 1 conflict: conflict with ${found[0]!.by}: ${found[0]!.path}`;
  const lines = [...new Set(found.map((f) => f.by))].sort().flatMap((by) =>
    [`conflicts with ${by}:`, ...found.filter((f) => f.by === by).map((f) => `- ${f.path}`)]);
  return `Apply failed with ${found.length} conflicts: ${lines.join("\n")}`;
}

function describe({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = JSON.stringify(manager) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : "");
  return operation === "Update" ? `${name} using ${apiVersion}` : name;
}
