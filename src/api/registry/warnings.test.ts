import { expect, test } from "vitest";
import { Warnings } from "./warnings.ts";

function warned(texts: readonly string[]): string[] {
  const warnings = new Warnings();
  for (const text of texts) warnings.add(text);
  return warnings.texts;
}

test("each warning is given once, in order", () => {
  expect(warned(["a", "b", "a", ""])).toEqual(["a", "b"]);
  expect(warned(["x".repeat(4000)])).toEqual(["x".repeat(4000)]);
});

test("many long warnings are cut to their beginnings, and then no more are given", () => {
  const texts = warned(Array.from({ length: 10_000 }, (_, i) => `${i} ${"é".repeat(500)}`));
  expect(new Set(texts.map((text) => text.length))).toEqual(new Set([256]));
  expect(texts).toHaveLength(16);
  expect(texts[15]).toMatch(/^15 é/);
});
