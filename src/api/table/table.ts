import { badRequest } from "../../lib/errors.ts";
import type { Column, Kind, KindVersion } from "../../kinds/kind.ts";
import type { KubeObject, ObjectMeta } from "../../kinds/object.ts";
import { columnsOf } from "../kind-index.ts";
import { defaultColumns } from "./age-column.ts";

/** meta.k8s.io Table: an object or a list as rows of cells, for clients that know nothing of the kind. */
export interface Table {
  kind: "Table";
  apiVersion: string;
  metadata: ListMeta;
  columnDefinitions: { name: string; type: string; format: string; description: string; priority: number }[] | undefined;
  rows: { cells: unknown[]; object?: unknown }[];
}

export interface ListMeta { resourceVersion?: string; continue?: string; remainingItemCount?: number }
export interface KubeList { apiVersion: string; kind: string; metadata: ListMeta; items: KubeObject[] }
export type Include = "None" | "Metadata" | "Object";

export interface TableOptions { version: string; include: Include; nowMs: number; /** Later events of a watch leave the definitions out. */ withoutDefinitions?: boolean }

export function parseInclude(query: string): Include {
  const value = new URLSearchParams(query).get("includeObject") || "Metadata";
  if (value === "None" || value === "Metadata" || value === "Object") return value;
  throw badRequest(`Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`);
}

/** Makes Tables of one resource's objects; `kind` undefined shows name and age only. */
export function tableMaker(kind: Kind | undefined, version: KindVersion | undefined): (value: KubeObject | KubeList, options: TableOptions) => Table {
  const found = kind && version ? columnsOf(kind, version) : { columns: [], prepare: (obj: KubeObject) => obj };
  const columns = found.columns.length > 0 ? found.columns : defaultColumns;
  return (value, options) => {
    const apiVersion = `meta.k8s.io/${options.version}`;
    const list = isList(value);
    const objects = list ? value.items : [value];
    return {
      kind: "Table",
      apiVersion,
      metadata: list ? value.metadata : { resourceVersion: value.metadata.resourceVersion },
      columnDefinitions: options.withoutDefinitions ? undefined : columns.map(definitionOf),
      rows: objects.map((object) => ({ cells: cellsOf(columns, found.prepare(object), options.nowMs), object: included(object, options.include, apiVersion) })),
    };
  };
}

export const isList = (value: KubeObject | KubeList): value is KubeList => Array.isArray((value as KubeList).items) && value.kind.endsWith("List");

/** A Status is served as it is, whatever form was asked for. */
export const isStatus = (value: { kind: string; apiVersion: string }): boolean => value.kind === "Status" && value.apiVersion === "v1";

function definitionOf(column: Column) {
  return { name: column.name, type: column.type, format: column.format ?? "", description: column.description ?? "", priority: column.priority ?? 0 };
}

/** One odd object must not make the whole list unreadable. */
function cellsOf(columns: readonly Column[], object: KubeObject, nowMs: number): unknown[] {
  return columns.map((column) => {
    try {
      return column.value(object, nowMs);
    } catch {
      return "<unknown>";
    }
  });
}

/** The bookmark that ends the initial events is known by its metadata, which is there whatever else is left out. */
function included(object: KubeObject, include: Include, apiVersion: string): unknown {
  if (include === "None" && !object.metadata.annotations?.["k8s.io/initial-events-end"]) return undefined;
  return include === "Object" ? object : partial(object, apiVersion);
}

export function partial(object: { metadata: ObjectMeta }, apiVersion: string): KubeObject {
  return { kind: "PartialObjectMetadata", apiVersion, metadata: object.metadata };
}

export function partialList(list: KubeList, apiVersion: string) {
  return { kind: "PartialObjectMetadataList", apiVersion, metadata: list.metadata, items: list.items.map((item) => partial(item, apiVersion)) };
}
