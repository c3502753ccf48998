import { expect, test } from "vitest";
import { deepEqual } from "./deep-equal.ts";

const parsed = (text: string): unknown => JSON.parse(text);

test("the order of keys does not matter, that of items does, and what is undefined is absent", () => {
  expect(deepEqual({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1, d: undefined })).toBe(true);
  expect(deepEqual([1, 2], [2, 1])).toBe(false);
  expect(deepEqual({}, [])).toBe(false);
  expect(deepEqual({ a: null }, {})).toBe(false);
});

test("keys that every object seems to have are keys like others", () => {
  for (const key of ["__proto__", "constructor", "toString"]) {
    const [without, withText, withObject] = [parsed("{}"), parsed(`{"${key}":"x"}`), parsed(`{"${key}":{}}`)];
    for (const other of [withText, withObject]) {
      expect(deepEqual(without, other), key).toBe(false);
      expect(deepEqual(other, without), key).toBe(false);
      expect(deepEqual(other, structuredClone(other)), key).toBe(true);
    }
  }
});
