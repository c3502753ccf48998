import { notAcceptable } from "../../lib/errors.ts";
import { hasProtobuf, ProtobufList } from "../protobuf/codec.ts";
import type { KubeObject } from "../../kinds/object.ts";
import { parseInclude, partial, tableMaker, type ListMeta } from "../table/table.ts";
import { mediaTypes, type Format } from "./accept.ts";
import { isPretty, type Subject } from "./encode.ts";
import type { StreamedList } from "./list-lines.ts";

/** A list in another form, in pieces. */
export interface EncodedList { contentType: string; pieces: AsyncGenerator<string | Uint8Array> }

/** What goes through page by page: Tables and metadata as JSON, and protobuf. Undefined: the list has to be seen whole. */
export function encodeStreamed(list: StreamedList, format: Format, subject: Subject): EncodedList | undefined {
  const { as } = format;
  if (as?.kind === "PartialObjectMetadata") throw notAcceptable(["you requested PartialObjectMetadata, but the requested object is a list"]);
  const asMetadata = as && as.kind !== "Table" ? `meta.k8s.io/${as.version}` : undefined;
  const type = asMetadata === undefined ? list : { apiVersion: asMetadata, kind: "PartialObjectMetadataList" };
  const shown = asMetadata === undefined ? list : { ...list, ...type, pages: metadataOf(list, asMetadata) };
  if (format.encoding === "protobuf" && hasProtobuf(type.apiVersion, type.kind)) return { contentType: mediaTypes.protobuf, pieces: protobuf(shown) };
  if (format.encoding === "yaml" || isPretty(subject)) return undefined;
  return { contentType: mediaTypes.json, pieces: as?.kind === "Table" ? table(list, as.version, subject) : json(shown) };
}

async function* metadataOf({ pages }: StreamedList, apiVersion: string): StreamedList["pages"] {
  for await (const page of pages) yield page.map((item) => partial(item, apiVersion));
}

async function* protobuf(list: StreamedList): EncodedList["pieces"] {
  const encoded = new ProtobufList(list);
  for await (const page of list.pages) for (const item of page) encoded.add(item);
  yield* encoded.finish(list.metadata());
}

function json({ kind, apiVersion, pages, metadata }: StreamedList): EncodedList["pieces"] {
  const head = `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},"items":[`;
  return framed(head, pages, (items) => items, metadata);
}

function table(list: StreamedList, version: string, subject: Subject): EncodedList["pieces"] {
  const options = { version, include: parseInclude(subject.query), nowMs: subject.nowMs };
  const make = tableMaker(subject.kind, subject.version);
  const tableOf = (items: KubeObject[], more = {}) => make({ ...list, metadata: {}, items }, { ...options, ...more });
  const { rows: _rows, metadata: _metadata, ...head } = tableOf([]);
  return framed(`${JSON.stringify(head).slice(0, -1)},"rows":[`, list.pages, (items) => tableOf(items, { withoutDefinitions: true }).rows, list.metadata);
}

/** Page by page; the metadata comes last, where it is known. */
async function* framed(head: string, pages: StreamedList["pages"], shown: (items: KubeObject[]) => readonly unknown[], metadata: () => ListMeta): EncodedList["pieces"] {
  yield head;
  let separator = "";
  for await (const page of pages) {
    if (page.length === 0) continue;
    yield separator + JSON.stringify(shown(page)).slice(1, -1);
    separator = ",";
  }
  yield `],"metadata":${JSON.stringify(metadata())}}`;
}
