import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { writePayload, type Payload } from "./payload.ts";

const dir = mkdtempSync(join(tmpdir(), "isopod-payload-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const files = (entries: Record<string, string>): Payload => new Map(Object.entries(entries).map(([name, text]) => [name, { body: Buffer.from(text), mode: 0o640 }]));

test("files appear behind ..data and are replaced all at once", () => {
  writePayload(dir, files({ a: "1", "deep/b": "2" }), undefined);
  const first = readlinkSync(join(dir, "..data"));
  expect(readFileSync(join(dir, "deep/b"), "utf8")).toBe("2");
  expect(readlinkSync(join(dir, "a"))).toBe("..data/a");
  expect(statSync(join(dir, "a")).mode & 0o777).toBe(0o640);

  writePayload(dir, files({ a: "1", "deep/b": "2" }), undefined);
  expect(readlinkSync(join(dir, "..data"))).toBe(first);

  writePayload(dir, files({ a: "changed", c: "3" }), undefined);
  expect(readlinkSync(join(dir, "..data"))).not.toBe(first);
  expect(readFileSync(join(dir, "a"), "utf8")).toBe("changed");
  expect(readdirSync(dir).filter((n) => !n.startsWith("..")).sort()).toEqual(["a", "c"]);
});

test("a path that leaves the volume is refused", () => {
  expect(() => writePayload(dir, files({ "../x": "1" }), undefined)).toThrow("invalid path");
});
