import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Path } from "../../lib/field-error.ts";
import { formatLabelSelector, labelSelectorOf, matchesLabels, validateLabelSelector } from "./label-selector.ts";
import { parseLabelSelector } from "./label-selector-text.ts";

test.each([
  ["a=b", { a: "b" }, true], ["a=b", { a: "c" }, false], ["a!=b", {}, true], ["a!=b", { a: "b" }, false],
  ["a", { a: "" }, true], ["!a", {}, true], ["!a", { a: "x" }, false], ["a==b", { a: "b" }, true],
  ["a in (b,c)", { a: "c" }, true], ["a notin (b)", { a: "b" }, false], ["a in ()", { a: "" }, true],
  ["a>1", { a: "2" }, true], ["a<1", { a: "2" }, false], ["a>1", { a: "x" }, false], ["a=", { a: "" }, true],
  ["in in (in),b", { in: "in", b: "" }, true], ["", {}, true], ["a=b,a=c", { a: "b" }, false],
  ["example.com/x in (a,,b)", { "example.com/x": "" }, true],
])("%s on %j is %s", (text, labels, expected) => {
  expect(matchesLabels(parseLabelSelector(text), labels as Record<string, string>)).toBe(expected);
});

test.each([
  ["a=b=c", "found '=', expected: ',' or 'end of string'"],
  ["a in b", "unable to parse requirement: found 'b' expected: '('"],
  [",", "found ',', expected: !, identifier, or 'end of string'"],
  ["a,", "found '', expected: identifier after ','"],
  ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ["a=&", /^unable to parse requirement: values\[0\]\[a\]: Invalid value: "&": a valid label must be an empty string/],
  ["-a=b", /^unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of/],
  ["a>x", "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer"],
])("%s is refused", (text, message) => {
  expect(() => parseLabelSelector(text)).toThrow(message);
});

test("any text either parses or is refused with a text, and what parses prints to the same meaning", () => {
  const pieces = fc.constantFrom("a", "b", "x/y", "=", "==", "!=", "!", "in", "notin", "(", ")", ",", ">", "<", " ", "1", "\0", "é");
  fc.assert(fc.property(fc.array(pieces, { maxLength: 12 }).map((p) => p.join("")), (text) => {
    let selector;
    try { selector = parseLabelSelector(text); } catch (error) { expect((error as Error).message).not.toBe(""); return; }
    expect(parseLabelSelector(formatLabelSelector(selector))).toEqual(selector);
  }), { numRuns: 500 });
});

test("a selector object is printed as kubectl shows it", () => {
  const selector = labelSelectorOf({ matchLabels: { b: "1" }, matchExpressions: [{ key: "a", operator: "In", values: ["y", "x"] }, { key: "c", operator: "Exists" }] });
  expect(formatLabelSelector(selector)).toBe("a in (x,y),b=1,c");
});

test("an absent selector selects nothing and an empty one everything", () => {
  expect(matchesLabels(labelSelectorOf(undefined), { a: "b" })).toBe(false);
  expect(matchesLabels(labelSelectorOf({}), undefined)).toBe(true);
});

test("a selector object's errors carry their paths", () => {
  const errors = validateLabelSelector({ matchExpressions: [{ key: "a", operator: "In" }, { key: "b", operator: "Like" }] }, Path.of("spec", "selector"));
  expect(errors.map((e) => `${e.field}: ${e.message}`)).toEqual([
    "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    "spec.selector.matchExpressions[1].operator: Invalid value: \"Like\": not a valid selector operator",
  ]);
});
