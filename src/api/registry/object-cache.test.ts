import { expect, test } from "vitest";
import { ObjectCache } from "./object-cache.ts";

const row = (revision: number, name = `o${revision}`) => ({ revision, json: JSON.stringify({ apiVersion: "v1", kind: "Thing", metadata: { name } }) });

test("the same revision is parsed once", () => {
  const cache = new ObjectCache({ bytesMax: 10_000 });
  expect(cache.parse(row(1))).toBe(cache.parse(row(1)));
});

test("a revision that a rollback gave back is not mistaken for its first use", () => {
  const cache = new ObjectCache({ bytesMax: 10_000 });
  cache.parse(row(4));
  cache.parse(row(5, "undone"));
  cache.parse(row(6, "undone too"));
  cache.aboutToWrite(5);
  expect(cache.parse(row(5, "second")).metadata.name).toBe("second");
  expect(cache.parse(row(6, "third")).metadata.name).toBe("third");
  expect(cache.parse(row(4)).metadata.name).toBe("o4");
});

test("memory is bounded by bytes, and what is used stays", () => {
  const one = row(1).json.length;
  const cache = new ObjectCache({ bytesMax: one * 8 });
  const kept = cache.parse(row(1));
  for (let revision = 2; revision < 100; revision++) {
    cache.parse(row(revision));
    expect(cache.parse(row(1))).toBe(kept);
  }
  const early = cache.parse(row(2));
  expect(cache.parse(row(2))).toBe(early);
});

test("states that were replaced take no room from those that are there", () => {
  const one = row(10).json.length;
  const cache = new ObjectCache({ bytesMax: one * 8 });
  const kept = cache.parse(row(10));
  for (let revision = 11; revision < 99; revision++) {
    cache.parse(row(revision));
    cache.forget(revision);
  }
  expect(cache.parse(row(10))).toBe(kept);
});

test("in tests readers get frozen objects", () => {
  const object = new ObjectCache({ bytesMax: 10_000, frozen: true }).parse(row(1));
  expect(() => { object.metadata.name = "changed"; }).toThrow(TypeError);
});
