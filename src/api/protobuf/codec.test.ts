import * as fc from "fast-check";
import { expect, test } from "vitest";
import { builtInKinds } from "../../kinds/facts/table.ts";
import { decodeProtobuf, encodeProtobuf, hasProtobuf } from "./codec.ts";
import { ProtobufError, ProtobufReader } from "./reader.ts";
import { encodeWatchFrame } from "./watch.ts";

const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "a" }, spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } };

test("an object survives the way to protobuf and back", () => {
  expect(decodeProtobuf(encodeProtobuf(namespace))).toEqual({ apiVersion: "v1", kind: "Namespace", object: namespace });
});

test("what Go shows of unset fields is shown: empty structs, null lists, but nothing that is omitted when empty", () => {
  const pod = decodeProtobuf(encodeProtobuf({ apiVersion: "v1", kind: "Pod" })).object;
  expect(pod).toEqual({ apiVersion: "v1", kind: "Pod", metadata: {}, spec: { containers: null }, status: {} });
});

test("the envelope's kind wins over the hint, and the hint stands in for a missing one", () => {
  const unnamed = encodeProtobuf({ ...namespace }).slice();
  const raw = unnamed.subarray(4 + 2 + unnamed[5]!);
  const bare = new Uint8Array([0x6b, 0x38, 0x73, 0, ...raw]);
  expect(decodeProtobuf(bare, { apiVersion: "v1", kind: "Namespace" }).object).toEqual(namespace);
  expect(decodeProtobuf(unnamed, { apiVersion: "v1", kind: "Pod" }).kind).toBe("Namespace");
});

test("options are known to every group version", () => {
  const options = { apiVersion: "apps/v1", kind: "DeleteOptions", gracePeriodSeconds: 0, propagationPolicy: "Foreground" };
  expect(decodeProtobuf(encodeProtobuf(options)).object).toEqual(options);
});

test("custom resources have no protobuf", () => {
  expect(hasProtobuf("example.com/v1", "Widget")).toBe(false);
  expect(() => encodeProtobuf({ apiVersion: "example.com/v1", kind: "Widget" })).toThrow(ProtobufError);
});

test("a key named __proto__ is data", () => {
  const map = JSON.parse(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{},"data":{"__proto__":"x"}}`) as Record<string, unknown>;
  expect(JSON.stringify(decodeProtobuf(encodeProtobuf(map)).object)).toContain(`"data":{"__proto__":"x"}`);
});

test("a watch frame is a length and an event whose object is enveloped", () => {
  const frame = encodeWatchFrame({ type: "ADDED", object: namespace });
  expect(new DataView(frame.buffer, frame.byteOffset).getUint32(0)).toBe(frame.length - 4);
  expect(decodeWatchEvent(frame.subarray(4))).toEqual({ type: "ADDED", object: namespace });
});

test("bytes that are no protobuf are refused with a 400 and never hang", () => {
  const kinds = [...builtInKinds()];
  const anyKind = fc.constantFrom(...kinds).map((k) => encodeProtobuf({ apiVersion: k.group ? `${k.group}/${k.version}` : k.version, kind: k.kind }));
  fc.assert(fc.property(anyKind, fc.uint8Array({ maxLength: 300 }), (start, noise) => {
    refusesOrReads(new Uint8Array([...start, 0x12, ...varint(noise.length), ...noise]));
    refusesOrReads(new Uint8Array([...start.subarray(0, 8), ...noise]));
  }), { numRuns: 3000 });
});

test("a damaged object is refused or read, wherever the damage is", () => {
  const good = encodeProtobuf({ ...namespace, metadata: { name: "a", labels: { k: "v" }, creationTimestamp: "2026-01-02T03:04:05Z", managedFields: [{ manager: "m", fieldsV1: { "f:x": {} } }] } });
  fc.assert(fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
    const bad = good.slice();
    bad[at] = byte;
    refusesOrReads(bad);
    refusesOrReads(good.subarray(0, at));
  }), { numRuns: 3000 });
});

test("objects with values of wrong types are written as their nearest form, and read again", () => {
  const kind = fc.constantFrom("Pod", "Service", "Secret", "Event", "ConfigMap", "Node");
  const fields = ["metadata", "spec", "status", "data", "type", "name", "labels", "containers", "ports", "port", "targetPort", "capacity", "eventTime", "creationTimestamp", "items"];
  const json = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.array(tie("value"), { maxLength: 3 }), fc.dictionary(fc.constantFrom(...fields), tie("value"), { maxKeys: 4 })),
  })).value;
  const object = fc.dictionary(fc.constantFrom(...fields), json, { maxKeys: 5 });
  fc.assert(fc.property(kind, object, (kind, value) => {
    const once = encodeProtobuf({ ...value, apiVersion: "v1", kind });
    refusesOrReads(once);
  }), { numRuns: 2000 });
});

test("depth and number of parts are bounded", () => {
  let nested = new Uint8Array();
  for (let i = 0; i < 2000; i++) nested = new Uint8Array([0xe2, 0x01, ...varint(nested.length), ...nested]); // JSONSchemaProps.not
  const schema = (bytes: Uint8Array) => [0x0a, ...varint(bytes.length), ...bytes];
  const version = [0x0a, 1, 0x61, 0x22, ...varint(schema(nested).length), ...schema(nested)];
  const spec = [0x3a, ...varint(version.length), ...version];
  expect(() => decodeProtobuf(enveloped("apiextensions.k8s.io/v1", "CustomResourceDefinition", [0x12, ...varint(spec.length), ...spec]))).toThrow(/nested too deeply/);
  const empties = Array.from({ length: 2_000_000 }, (_, i) => (i % 2 ? 0 : 0x12));
  expect(() => decodeProtobuf(enveloped("v1", "PodList", empties))).toThrow(/too many parts/);
});

test("a list of 500 pods is encoded in a fraction of a second", () => {
  const container = { name: "c", image: "registry.example/app:1", resources: { requests: { cpu: "100m", memory: "64Mi" } }, env: [{ name: "A", value: "b" }] };
  const pod = (i: number) => ({ apiVersion: "v1", kind: "Pod", metadata: { name: `p-${i}`, namespace: "default", labels: { app: "web" } }, spec: { containers: [container, container] }, status: { phase: "Running" } });
  const list = { apiVersion: "v1", kind: "PodList", metadata: { resourceVersion: "7" }, items: Array.from({ length: 500 }, (_, i) => pod(i)) };
  const start = performance.now();
  const bytes = encodeProtobuf(list);
  expect(performance.now() - start).toBeLessThan(500);
  expect((decodeProtobuf(bytes).object.items as unknown[]).length).toBe(500);
});

function refusesOrReads(bytes: Uint8Array): void {
  try {
    JSON.stringify(decodeProtobuf(bytes));
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
  }
}

function enveloped(apiVersion: string, kind: string, raw: readonly number[]): Uint8Array {
  const text = (number: number, value: string) => [(number << 3) | 2, value.length, ...new TextEncoder().encode(value)];
  const meta = [...text(1, apiVersion), ...text(2, kind)];
  const head = [0x6b, 0x38, 0x73, 0, 0x0a, meta.length, ...meta, 0x12, ...varint(raw.length)];
  const bytes = new Uint8Array(head.length + raw.length);
  bytes.set(head);
  bytes.set(raw, head.length);
  return bytes;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}

/** One WatchEvent, without the frame's length. */
function decodeWatchEvent(bytes: Uint8Array): { type: string; object: object } {
  const reader = new ProtobufReader(bytes);
  expect(reader.tag()).toBe(0x0a);
  const type = reader.string();
  expect(reader.tag()).toBe(0x12);
  reader.enter();
  expect(reader.tag()).toBe(0x0a);
  return { type, object: decodeProtobuf(reader.bytes()).object };
}
