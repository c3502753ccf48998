import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ApiError } from "../../lib/errors.ts";
import { yamlToJson } from "./yaml.ts";

test("YAML is read as Go reads it", () => {
  expect(yamlToJson("a: yes\nb: 2020-01-01\nc: 1:30\nd: &x [1]\ne: *x\nf: 0o7\n")).toBe('{"a":true,"b":"2020-01-01","c":"1:30","d":[1],"e":[1],"f":"0o7"}');
});

test("repeated keys are left to the decoder", () => {
  expect(yamlToJson("a: 1\nb: {c: [x, {d: null}], c: yes}\na: 2")).toBe('{"a":1,"b":{"c":["x",{"d":null}],"c":true},"a":2}');
});

test.each(["a: [", "a: &x 1\na: *x", "a: b: c", "a: .inf"])("%j is a bad request", (text) => {
  expect(() => yamlToJson(text)).toThrow(/^error converting YAML to JSON: /);
});

test("of several documents the first counts", () => expect(yamlToJson("a: 1\n---\nb: 2")).toBe('{"a":1}'));

test("aliases cannot make a small text big", () => {
  const lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"];
  for (let i = 1; i < 9; i++) lines.push(`a${i}: &a${i} [${Array(9).fill(`*a${i - 1}`).join(",")}]`);
  expect(() => yamlToJson(lines.join("\n"))).toThrow("Excessive alias count");
});

test("any text converts or is a client's error", () => {
  const pieces = fc.constantFrom("a", ":", " ", "\n", "- ", "[", "]", "{", "}", "&x", "*x", "!!", "|", ">", "'", '"', "?", "<<", "~", "#", "%", "---", "\t", "1");
  fc.assert(fc.property(fc.array(pieces, { maxLength: 20 }), (text) => {
    try { JSON.parse(yamlToJson(text.join(""))); } catch (error) { if (!(error instanceof ApiError)) throw error; }
  }), { numRuns: 500 });
});
