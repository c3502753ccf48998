import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { goModule } from "../../../test/harness/go-module.ts";
import { decodeProtobuf, encodeProtobuf, hasProtobuf } from "./codec.ts";

// Upstream's own test data: every kind with every field set, as JSON and as protobuf.
const sources = [
  ["k8s.io/api@v0.36.0", "testdata/HEAD"],
  ["k8s.io/apiextensions-apiserver@v0.36.0", "pkg/apis/testdata/HEAD"],
] as const;

describe.each(sources)("golden files of %s", (module, folder) => {
  const found = goModule(module);
  if (typeof found !== "string") {
    test.skip(`no golden files: ${found.reason}`);
    return;
  }
  const names = readdirSync(join(found, folder)).filter((f) => f.endsWith(".json")).map((f) => f.slice(0, -5));
  const read = (name: string, ending: string) => readFileSync(join(found, folder, `${name}.${ending}`));
  const cases = names.map((name) => ({ name, json: JSON.parse(read(name, "json").toString()) as Record<string, any> }));
  const known = cases.filter(({ json }) => hasProtobuf(json.apiVersion, json.kind));

  test("cover the table", () => expect(known.length).toBeGreaterThan(module.includes("apiext") ? 0 : 80));

  test.each(known)("$name decodes to upstream's JSON", ({ name, json }) => {
    expect(decodeProtobuf(read(name, "pb")).object).toEqual(json);
  });

  test.each(known)("$name encodes to upstream's bytes", ({ name, json }) => {
    expect(hex(encodeProtobuf(json))).toEqual(hex(read(name, "pb")));
  });
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
