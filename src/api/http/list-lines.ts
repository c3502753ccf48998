import { parseJson } from "../../lib/json.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { KubeList, ListMeta } from "../table/table.ts";

/** A list that the Cluster streams (src/durable/list-stream.ts), taken apart as it comes: no more than a page is in memory. */
export interface StreamedList {
  apiVersion: string;
  kind: string;
  pages: AsyncGenerator<KubeObject[]>;
  /** Known for sure once the items are through. */
  metadata(): ListMeta;
}

export async function readList(body: ReadableStream<Uint8Array>): Promise<StreamedList> {
  const pages = linePages(body);
  const start = ((await pages.next()).value as string[] | undefined) ?? [];
  const head = parseJson(`${start[0]}]}`) as KubeList;
  let { metadata } = head;
  const itemsOf = (lines: readonly string[]): KubeObject[] => {
    const items: KubeObject[] = [];
    for (const line of lines) {
      if (line === "") continue; // an empty list
      if (line.startsWith("]")) metadata ??= (parseJson(`{"items":[${line}`) as KubeList).metadata;
      else items.push(parseJson(line.endsWith(",") ? line.slice(0, -1) : line) as KubeObject);
    }
    return items;
  };
  async function* parsed(): AsyncGenerator<KubeObject[]> {
    yield itemsOf(start.slice(1));
    for await (const lines of pages) yield itemsOf(lines);
  }
  return { apiVersion: head.apiVersion, kind: head.kind, pages: parsed(), metadata: () => metadata ?? {} };
}

export async function wholeList({ kind, apiVersion, pages, metadata }: StreamedList): Promise<KubeList> {
  const items: KubeObject[] = [];
  for await (const page of pages) for (const item of page) items.push(item);
  return { kind, apiVersion, metadata: metadata(), items };
}

const encoder = new TextEncoder();

export function streamOf(pieces: AsyncGenerator<string | Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(typeof value === "string" ? encoder.encode(value) : value);
    },
    cancel: async () => { await pieces.return(undefined); },
  });
}

/** The lines that are complete, chunk by chunk; at least one each time. */
async function* linePages(body: ReadableStream<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    if (lines.length > 0) yield lines;
  }
  yield [rest + decoder.decode()];
}
