import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatFieldSelector, matchesFields, parseFieldSelector, requiredValue } from "./field-selector.ts";

test("terms, operators and escapes are read", () => {
  expect(parseFieldSelector(String.raw`metadata.name=a\,b,status.phase!=Failed,x==y`)).toEqual([
    { field: "metadata.name", operator: "=", value: "a,b" },
    { field: "status.phase", operator: "!=", value: "Failed" },
    { field: "x", operator: "=", value: "y" },
  ]);
});

test.each([
  ["a", "invalid selector: 'a'; can't understand 'a'"],
  [String.raw`a=\x`, String.raw`invalid field selector: invalid escape sequence: \x`],
  ["a=b=c", "invalid field selector: unescaped character in value: 61"],
])("%s is refused", (text, message) => expect(() => parseFieldSelector(text)).toThrow(message));

test("an unset field equals the empty value", () => {
  expect(matchesFields(parseFieldSelector("spec.nodeName="), () => "")).toBe(true);
  expect(matchesFields(parseFieldSelector("spec.nodeName!=n1"), () => "n1")).toBe(false);
  expect(requiredValue(parseFieldSelector("a!=b,c=d"), "c")).toBe("d");
});

test("every value survives printing and reading", () => {
  fc.assert(fc.property(fc.string(), (value) => {
    const selector = [{ field: "f", operator: "=" as const, value }];
    expect(parseFieldSelector(formatFieldSelector(selector))).toEqual(selector);
  }), { numRuns: 200 });
});
