import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseJson } from "./json.ts";

test("integers of 64 bits survive to the last digit", () => {
  for (let shift = 0; shift < 16; shift++) expect(JSON.stringify(parseJson(`${" ".repeat(shift)}{"a":9007199254740993}`))).toBe('{"a":9007199254740993}');
  for (const text of ["9007199254740993", "-9007199254740993", "9223372036854775807", "-9223372036854775808"]) {
    expect(JSON.stringify(parseJson(`{"a":[${text}],"b": ${text}}`))).toBe(`{"a":[${text}],"b":${text}}`);
  }
});

test("what a double holds stays a number, and so does what no 64 bits hold", () => {
  expect(parseJson("[9007199254740991,1234567890123456,1e20,1234567890123456.5,9223372036854775808]"))
    .toEqual([9007199254740991, 1234567890123456, 1e20, 1234567890123456.5, 2 ** 63]);
  expect(parseJson('{"a":"12345678901234567890"}')).toEqual({ a: "12345678901234567890" });
});

test("any JSON is read as JSON.parse reads it, but for long integers", () => {
  fc.assert(fc.property(fc.json(), (text) => { expect(JSON.stringify(parseJson(text))).toBe(JSON.stringify(JSON.parse(text))); }));
  expect(Object.keys(parseJson('{"__proto__":12345678901234567}') as object)).toEqual(["__proto__"]);
});

test("hostile nesting ends in an error", () => {
  expect(() => parseJson(`${"[".repeat(200_000)}12345678901234567${"]".repeat(200_000)}`)).toThrow();
});
