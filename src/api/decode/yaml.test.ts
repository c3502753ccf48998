import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ApiError } from "../../lib/errors.ts";
import { yamlOf, yamlToJson } from "./yaml.ts";

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
  expect(() => yamlToJson(lines.join("\n"))).toThrow("yaml: document contains excessive aliasing");
  expect(() => yamlToJson("a: &a [*a]")).toThrow("anchor contains itself");
});

test.each([
  ["# a comment\n%YAML 1.1\n---\na: 1\n...\nb: 2", { a: 1 }], ["--- {a: 1}\n---\nb: 2", { a: 1 }], ["\n\n---\n", null], ["", null], ["a: |\n  x\n  ---\n---\nb: 2", { a: "x\n---\n" }],
  ["a: |-\n  --- x\nb: '--- '", { a: "--- x", b: "--- " }], ["---x: 1", { "---x": 1 }], ["---\n---\na: 1", null],
])("the first document ends where YAML says: %j", (text, expected) => expect(JSON.parse(yamlToJson(text))).toEqual(expected));

test("names that JavaScript knows are names", () => {
  expect(yamlToJson("__proto__: {a: 1}\nconstructor: 2\ntoString: x")).toBe('{"__proto__":{"a":1},"constructor":2,"toString":"x"}');
  expect(yamlToJson("a: &a {b: 1, c: 2}\nd:\n  <<: *a\n  c: 3")).toBe('{"a":{"b":1,"c":2},"d":{"b":1,"c":3}}');
  expect(yamlToJson("1: a\ntrue: b\n~: c")).toBe('{"1":"a","true":"b","null":"c"}');
});

test("numbers are those of Go: exponents, octal, hexadecimal, underscores", () => {
  expect(yamlToJson("[1e3, 010, 0x1f, 1_000, 0b11, .5, 1., +1, -0x10, 1.5e-3]")).toBe("[1000,8,31,1000,3,0.5,1,1,-16,0.0015]");
});

test("any text converts or is a client's error", () => {
  const pieces = fc.constantFrom("a", ":", " ", "\n", "- ", "[", "]", "{", "}", "&x", "*x", "!!", "|", ">", "'", '"', "?", "<<", "~", "#", "%", "---", "\t", "1");
  fc.assert(fc.property(fc.array(pieces, { maxLength: 20 }), (text) => {
    try { JSON.parse(yamlToJson(text.join(""))); } catch (error) { if (!(error instanceof ApiError)) throw error; }
  }), { numRuns: 500 });
});

test("integers keep their last digit, there and back", () => {
  expect(yamlToJson("a: 9223372036854775807\nb: -9007199254740993\nc: 1_0")).toBe('{"a":9223372036854775807,"b":-9007199254740993,"c":10}');
  expect(yamlOf({ a: 9223372036854775807n, b: "yes", c: ["1", 1] })).toBe("a: 9223372036854775807\nb: 'yes'\nc:\n  - '1'\n  - 1\n");
});
