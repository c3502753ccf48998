import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { goModule } from "../../../test/harness/go-module.ts";
import { schemaOf, typeNameOf } from "../../kinds/facts/table.ts";
import type { KubeObject } from "../../kinds/object.ts";
import { applyServerSide } from "../patch/index.ts";
import { decodeObject } from "./decode-object.ts";

// Upstream's own test data: every kind with every field set, as Go writes it.
const found = goModule("k8s.io/api@v0.36.0");

describe("objects that Go wrote", () => {
  if (typeof found !== "string") {
    test.skip(`no golden files: ${found.reason}`);
    return;
  }
  const folder = join(found, "testdata/HEAD");
  const cases = readdirSync(folder).filter((name) => name.endsWith(".json")).flatMap((name) => {
    const text = readFileSync(join(folder, name), "utf8");
    const object = JSON.parse(text) as KubeObject;
    const [version = "", group = ""] = (object.apiVersion ?? "").split("/").reverse();
    const type = typeNameOf(group, version, object.kind);
    return type ? [{ name, text, object, target: { group, version, kind: object.kind, schema: schemaOf(type) } }] : [];
  });

  test("are many", () => expect(cases.length).toBeGreaterThan(80));

  test.each(cases)("$name decodes to itself, strictly", ({ text, object, target }) => {
    expect(decodeObject(text, target, "Strict")).toEqual({ object, warnings: [] });
  });

  test.each(cases.filter((c) => c.object.metadata))("$name can be applied, and again without effect", ({ object, target }) => {
    const { managedFields: _, ...metadata } = object.metadata;
    const options = { manager: "me", apiVersion: object.apiVersion, nowIso: "2026-01-01T00:00:00Z", force: false };
    const applied = applyServerSide(undefined, { ...object, metadata }, target.schema, options);
    expect(applyServerSide(applied, { ...object, metadata }, target.schema, options)).toBe(applied);
  });
});
