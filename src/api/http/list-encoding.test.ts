import { describe, expect, test } from "vitest";
import { builtinKinds } from "../../kinds/index.ts";
import { decodeProtobuf, encodeProtobuf } from "../protobuf/codec.ts";
import type { KubeList } from "../table/table.ts";
import { negotiate } from "./accept.ts";
import { encode, transformer, type Subject } from "./encode.ts";
import { encodeStreamed } from "./list-encoding.ts";
import { readList, streamOf } from "./list-lines.ts";

const kind = builtinKinds.find((k) => k.resource === "pods")!;
const subject: Subject = { kind, version: kind.versions[0], query: "", nowMs: Date.parse("2026-01-02T00:00:00Z") };
const pod = (i: number) => ({ apiVersion: "v1", kind: "Pod", metadata: { name: `p-${i}`, namespace: "default", uid: `u${i}`, creationTimestamp: "2026-01-01T00:00:00Z", annotations: { text: 'a "quoted"\nline: ]}, é' } }, spec: { containers: [{ name: "c", image: "i" }] }, status: {} });
const metadata = { resourceVersion: "7", continue: "token", remainingItemCount: 3 };
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
const METADATA = ";as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
const PROTOBUF = "application/vnd.kubernetes.protobuf";

/** As src/durable/list-stream.ts writes it, cut anywhere. */
function streamed(items: object[], { metadataLast = false, piece = 100 } = {}): ReadableStream<Uint8Array> {
  const meta = `"metadata":${JSON.stringify(metadata)}`;
  const text = `{"kind":"PodList","apiVersion":"v1",${metadataLast ? "" : `${meta},`}"items":[\n${items.map((i) => JSON.stringify(i)).join(",\n")}\n]${metadataLast ? `,${meta}` : ""}}`;
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({ pull(c) { if (at >= bytes.length) c.close(); else c.enqueue(bytes.slice(at, at += piece)); } });
}

async function encoded(accept: string, body: ReadableStream<Uint8Array>): Promise<{ contentType: string; bytes: Uint8Array }> {
  const { contentType, pieces } = encodeStreamed(await readList(body), negotiate(accept), subject)!;
  return { contentType, bytes: new Uint8Array(await new Response(streamOf(pieces)).arrayBuffer()) };
}

const whole = (items: object[]): KubeList => ({ kind: "PodList", apiVersion: "v1", metadata, items } as never);
const json = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));

describe.each([0, 1, 2, 500])("a list of %i", (count) => {
  const items = Array.from({ length: count }, (_, i) => pod(i));
  test.each([[TABLE], [`application/json${METADATA}`]])("as %s item by item is what it is as a whole", async (accept) => {
    const expected = encode(transformer(negotiate(accept), subject)(whole(items) as never), negotiate(accept), subject);
    for (const options of [{}, { metadataLast: true }, { piece: 7 }, { piece: 100_000 }]) {
      const { contentType, bytes } = await encoded(accept, streamed(items, options));
      expect(contentType).toBe("application/json");
      expect(json(bytes)).toEqual(JSON.parse(expected.body as string));
    }
  });

  test("in protobuf is the same bytes", async () => {
    const { contentType, bytes } = await encoded(PROTOBUF, streamed(items, { metadataLast: true }));
    expect(contentType).toBe(PROTOBUF);
    expect(Buffer.compare(bytes, encodeProtobuf({ ...whole(items) }))).toBe(0);
    const alone = await encoded(PROTOBUF + METADATA, streamed(items));
    expect(decodeProtobuf(alone.bytes).object).toMatchObject({ kind: "PartialObjectMetadataList", metadata, ...(count > 0 && { items: items.map((i) => ({ metadata: i.metadata })) }) });
  });
});

test("what is not one object's form is refused before anything is sent", async () => {
  const list = await readList(streamed([]));
  expect(() => encodeStreamed(list, negotiate("application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"), subject)).toThrow("the requested object is a list");
  expect(() => encodeStreamed(list, negotiate(TABLE), { ...subject, query: "includeObject=All" })).toThrow("Unable to convert to Table as requested");
  expect(encodeStreamed(list, negotiate("application/yaml"), subject)).toBeUndefined();
  expect(encodeStreamed(list, negotiate(TABLE), { ...subject, query: "pretty=true" })).toBeUndefined();
});
