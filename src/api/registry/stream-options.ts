import { schemaOf } from "../../kinds/facts/table.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { Schema } from "../../kinds/schema.ts";

/** PodExecOptions and their like, as admission sees a request for a stream: the query in the shape of its type. */
export function streamOptions(type: string, query: URLSearchParams, path: string): KubeObject {
  const schema = schemaOf(type);
  if (schema.type !== "struct") throw new Error(`${type} is no struct`);
  const options: Record<string, unknown> = { kind: type.split(".").at(-1)!, apiVersion: "v1" };
  for (const [name, field] of schema.fields) {
    if (name === "kind" || name === "apiVersion") continue;
    const value = name === "path" && path ? path : valueOf(field.schema, query.getAll(name));
    if (value !== undefined) options[name] = value;
  }
  return options as unknown as KubeObject;
}

/** The same the other way; what else the query says stays. */
export function queryOfOptions(type: string, options: KubeObject, query: URLSearchParams): URLSearchParams {
  const schema = schemaOf(type);
  const changed = new URLSearchParams(query);
  for (const name of schema.type === "struct" ? schema.fields.keys() : []) {
    if (name === "kind" || name === "apiVersion" || name === "path") continue;
    changed.delete(name);
    for (const value of [options[name] ?? []].flat()) changed.append(name, String(value));
  }
  return changed;
}

function valueOf(schema: Schema, texts: readonly string[]): unknown {
  if (texts.length === 0) return undefined;
  if (schema.type === "list") return texts.flatMap((text) => valueOf(schema.items, [text]) ?? []);
  if (schema.type === "boolean") return texts[0] !== "false" && texts[0] !== "0" ? true : undefined;
  if (schema.type === "string") return texts[0] || undefined;
  return Number.isSafeInteger(Number(texts[0])) ? Number(texts[0]) : undefined;
}
