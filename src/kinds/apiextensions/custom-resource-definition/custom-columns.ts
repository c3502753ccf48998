import type { KubeObject } from "../../object.ts";
import type { Column } from "../../kind.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import type { CustomResourceColumnDefinition } from "../../types/apiextensions-v1.generated.ts";
import { humanDuration } from "../../values/duration.ts";
import { findAll, parseJsonPath, type JsonPath } from "./json-path.ts";

/** additionalPrinterColumns after the name; without any, the age. */
export function customColumns(written: readonly CustomResourceColumnDefinition[] | undefined): readonly Column[] {
  if (!written?.length) return [nameColumn, { ...ageColumn, type: "date" }];
  return [nameColumn, ...written.map(customColumn)];
}

function customColumn({ name, type, format, description, priority, jsonPath }: CustomResourceColumnDefinition): Column {
  const path = parseJsonPath(jsonPath) ?? [];
  return {
    name, type: type as Column["type"],
    ...(format && { format: format as "date" }), ...(description && { description }), ...(priority && { priority: 1 }),
    value: (obj, nowMs) => cell(obj, path, type, nowMs),
  };
}

/** Null when there is nothing, or something of another type: kubectl then shows nothing. */
function cell(obj: KubeObject, path: JsonPath, type: string, nowMs: number): string | number | bigint | boolean | null {
  const values = findAll(obj, path);
  const first = values[0];
  if (first === undefined || first === null) return null;
  switch (type) {
    case "integer": return typeof first === "number" ? Math.trunc(first) : typeof first === "bigint" ? first : null;
    case "number": return typeof first === "number" || typeof first === "bigint" ? first : null;
    case "boolean": return typeof first === "boolean" ? first : null;
    case "date": {
      const ms = typeof first === "string" ? Date.parse(first) : Number.NaN;
      return Number.isNaN(ms) ? "<invalid>" : humanDuration(nowMs - ms);
    }
    default: return values.map((v) => (typeof v === "object" ? JSON.stringify(v) : String(v))).join(" ");
  }
}
