import type { Schema, StructSchema } from "../../kinds/schema.ts";

export interface Parameter { name: string; in: "path" | "query"; type: "string" | "integer" | "boolean"; required?: boolean }

const query = (name: string, type: Parameter["type"] = "string"): Parameter => ({ name, in: "query", type });
const inPath = (name: string): Parameter => ({ name, in: "path", type: "string", required: true });

const deleteQuery = [
  query("dryRun"), query("gracePeriodSeconds", "integer"), query("orphanDependents", "boolean"), query("propagationPolicy"),
];
const selection = [
  query("continue"), query("fieldSelector"), query("labelSelector"), query("limit", "integer"), query("resourceVersion"),
  query("resourceVersionMatch"), query("sendInitialEvents", "boolean"), query("timeoutSeconds", "integer"),
];
const write = [query("dryRun"), query("fieldManager"), query("fieldValidation")];

export const parameters = {
  name: inPath("name"),
  namespace: inPath("namespace"),
  path: inPath("path"),
  pretty: query("pretty"),
  list: [query("allowWatchBookmarks", "boolean"), ...selection, query("watch", "boolean")],
  write,
  patch: [...write, query("force", "boolean")],
  delete: deleteQuery,
  deleteCollection: [...deleteQuery, ...selection],
  /** The fields of an options kind as a query: PodLogOptions, PodExecOptions. */
  ofOptions: (schema: StructSchema): Parameter[] =>
    [...schema.fields.values()].filter((f) => f.name !== "kind" && f.name !== "apiVersion").map((f) => query(f.name, typeOf(f.schema))),
} as const;

function typeOf(schema: Schema): Parameter["type"] {
  if (schema.type === "boolean") return "boolean";
  return schema.type === "int64" || schema.type === "int32" ? "integer" : "string";
}
