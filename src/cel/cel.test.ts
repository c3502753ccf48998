import { describe, expect, test } from "vitest";
import { cpuOnQuietMachine } from "../../test/harness/quiet-machine.ts";
import { fromJson, toJson } from "./json-values.ts";
import { Budget, CompileError, dynamic, prepare, run, variablesOf } from "./program.ts";

const object = { s: "text", n: 5, d: 1.5, list: [3, 1, 2], map: { a: 1, "b-c": 2 }, nothing: null, objects: [{ name: "a", v: 1 }, { name: "b", v: 2 }] };

const large = () => Array.from({ length: 300 }, (_, i) => ({ i, list: [1, 2, 3, [4, 5, { a: "b" }]] }));
const wide = { big: large(), same: large(), wide: Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, i])) };

function evaluate(source: string): unknown {
  const outcome = run(prepare(source, dynamic("self")), variablesOf({ self: fromJson(object) }));
  if (outcome.error !== undefined) throw new Error(outcome.error);
  return toJson(outcome.value);
}

describe("expressions that are true", () => {
  test.each(String.raw`
    1 + 2 * 3 == 7 && -7 / 2 == -3 && -7 % 2 == -1
    1u + 2u == 3u && 2.5 * 2.0 == 5.0 && 0x10 == 16 && 1e3 == 1000.0
    1 < 2.5 && 2u > 1 && 1 <= 1u
    "a" + "b" == 'ab' && r"\d" == "\\d" && "\u00e9\x41" == "éA" && """x"y""" == 'x"y'
    b"abc" == bytes("abc") && size(b"\xff") == 1
    size("héllo") == 5 && "😀a".size() == 2 && "😀a".charAt(1) == "a" && "😀ab".indexOf("b") == 2
    [1, 2] + [3] == [1, 2, 3] && 2 in [1, 2] && !(4 in [1, 2])
    {"a": 1}["a"] == 1 && "a" in {"a": 1} && {"a": 1} == {"a": 1} && {1: 2}[dyn(1u)] == 2
    has(self.s) && !has(self.zzz) && self.n == 5 && self.d == 1.5 && self.map["b-c"] == 2
    true || self.zzz && (self.zzz || true) && !(false && self.zzz)
    self.list.all(x, x > 0) && self.list.exists(x, x == 3) && self.list.exists_one(x, x == 3)
    self.list.map(x, x * 2) == [6, 2, 4] && self.list.map(x, x > 1, x) == [3, 2] && self.list.filter(x, x < 3) == [1, 2]
    self.map.all(k, self.map[k] > 0) && self.map.exists(k, v, v == 2)
    self.list.all(i, v, i < 3 && v < 4) && self.list.transformList(i, v, v + i) == [3, 2, 4]
    self.map.transformMap(k, v, v + 1) == {"a": 2, "b-c": 3} && [1, 2].transformMapEntry(i, v, {v: i}) == {1: 0, 2: 1}
    self.?zzz.orValue(7) == 7 && self.?s.hasValue() && self.?zzz.?deep.orValue("x") == "x"
    self.list[?5] == optional.none() && self.list[?0].value() == 3 && [1, ?optional.none(), ?optional.of(2)] == [1, 2]
    {?"a": optional.of(1), ?"b": optional.none()} == {"a": 1} && optional.of(3).optMap(x, x + 1).value() == 4
    optional.none().or(optional.of(1)).orValue(2) == 1 && optional.ofNonZeroValue("") == optional.none()
    cel.bind(x, self.n + 1, x * x) == 36
    type(1) == int && type("") == string && type([]) == list && type(1.0) != int && type(null) == null_type
    int("42") == 42 && string(42) == "42" && double("1.5") == 1.5 && uint(3) == 3u && bool("true") && string(1.5) == "1.5" && int(2.9) == 2
    duration("1h30m") == duration("90m") && duration("90s").getMinutes() == 1 && string(duration("1.5s")) == "1.5s"
    timestamp("2024-01-02T03:04:05Z").getFullYear() == 2024 && timestamp("2024-01-02T00:00:00Z") - timestamp("2024-01-01T00:00:00Z") == duration("24h")
    timestamp("2024-01-01T23:00:00Z").getHours("+02:00") == 1 && timestamp("2024-01-02T00:00:00Z").getDayOfWeek() == 2
    "hello".matches("^h.*o$") && !"hello".matches("^x") && matches("abc", "b")
    "a,b".split(",") == ["a", "b"] && ["a", "b"].join("-") == "a-b" && "abcabc".replace("b", "x", 1) == "axcabc" && "AbC".lowerAscii() == "abc"
    " x ".trim() == "x" && "hello".substring(1, 3) == "el" && "hello".lastIndexOf("l") == 3 && "abc".reverse() == "cba"
    "%s is %d, %.2f %x".format(["a", 3, 1.5, 255]) == "a is 3, 1.50 ff" && "%s".format([[1, 2]]) == "[1, 2]"
    [1, 2, 3].sum() == 6 && [1, 3].isSorted() && ![3, 1].isSorted() && [2, 9].max() == 9 && ["b", "a"].min() == "a" && [1, 2, 1].lastIndexOf(1) == 2
    "abc 123 45".find("[0-9]+") == "123" && "abc 123 45".findAll("[0-9]+") == ["123", "45"] && "aab".find("a*?b") == "aab" && "xay".findAll("a|", 9) == ["", "a", "", ""]
    quantity("1Ki").isGreaterThan(quantity("1k")) && quantity("500m").add(quantity("500m")) == quantity("1") && isQuantity("3Gi") && !isQuantity("3Gb") && quantity("50k").asInteger() == 50000
    ip("10.0.0.1").family() == 4 && isIP("::1") && ip("::1").isLoopback() && cidr("10.0.0.0/8").containsIP("10.1.2.3") && cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16") && string(ip("10.0.0.1")) == "10.0.0.1"
    url("https://example.com:8080/path?a=1").getHost() == "example.com:8080" && url("https://example.com/").getPort() == "" && isURL("/x") && !isURL("x y") && url("https://e.com/?k=v").getQuery() == {"k": ["v"]}
    semver("1.2.3").isLessThan(semver("1.10.0")) && semver("v1.2", true).major() == 1 && !isSemver("1.2") && semver("1.0.0-alpha").compareTo(semver("1.0.0")) == -1
    sets.contains([1, 2, 3], [2]) && sets.intersects([1], [1, 2]) && sets.equivalent([1, 2], [2, 1, 1])
    format.dns1123Label().validate("Bad_").hasValue() && !format.named("dns1123Label").value().validate("good").hasValue()
    self.objects.map(o, o.name) == ["a", "b"] && self.objects.filter(o, o.v > 1)[0].name == "b"
    self.nothing == null && dyn(1) == 1.0 && dyn("1") != 1
    jsonpatch.escapeKey("a/b~c") == "a~1b~0c"
    [1, 2, 3, 4].slice(1, 3) == [2, 3] && [[1], [2, 3]].flatten() == [1, 2, 3] && [[[1]], [[2], [3]]].flatten(1) == [[1], [2], [3]] && [[[1]], [[2], [3]]].flatten(2) == [1, 2, 3] && lists.range(3) == [0, 1, 2]
    [1, 2, 1, 3].distinct() == [1, 2, 3] && [[1], [1]].distinct() == [[1]] && [3, 1, 2].reverse() == [2, 1, 3]
    [3, 1, 2].sort() == [1, 2, 3] && ["b", "a"].sort() == ["a", "b"] && self.objects.sortBy(o, -o.v).map(o, o.name) == ["b", "a"] && [].sort() == []
    (self.n > 3 ? "big" : "small") == "big" // and a comment
  `.split("\n").map((line) => line.trim()).filter(Boolean))("%s", (source) => {
    expect(evaluate(source)).toBe(true);
  });
});

test.each([
  ["9223372036854775807 + 1", "integer overflow"], ["1 / 0", "division by zero"], ["1 % 0", "modulus by zero"], ["self.zzz", "no such key: zzz"],
  ["[1][3]", "index out of bounds: 3"], ["self.list.all(x, x.y == 1)", "no such overload: type 'int' does not support field selection"], ["'x'.matches('(' + '')", "error parsing regexp: missing closing )"],
  ["dyn(1) + dyn('a')", "no such overload: _+_(int, string)"], ["optional.none().value()", "optional.none() dereference"],
])("%s fails: %s", (source, error) => {
  expect(() => evaluate(source)).toThrow(error);
});

test.each([
  ["1 +", "Syntax error: mismatched input '<EOF>'"], ["x", "undeclared reference to 'x' (in container '')"], ["1 + 'a'", "found no matching overload for '_+_' applied to '(int, string)'"],
  ["'a'.foo()", "undeclared reference to 'foo'"], ["[1, 'a']", "expected type 'int' but found 'string'"], ["[1].all(1, true)", "argument must be a simple name"],
  ["has(1)", "invalid argument to has() macro"], ["1.all(x, true)", "cannot be range of a comprehension"], ["1 && true", "found no matching overload for '_&&_'"], ["'abc", "token recognition error"],
  ["1 == 'a'", "found no matching overload for '_==_' applied to '(int, string)'"], ["'a'.b", "type 'string' does not support field selection"],
  ["self.s.matches('(')", "invalid matches argument"], ["duration('1x') > duration('1s')", "ERROR: <input>:1:10: invalid duration argument"], ["timestamp('today')", "invalid timestamp argument"], ["[1].sortBy(1, 2)", "argument must be a simple name"], ["[[1]].sort()", "found no matching overload for 'sort'"],
])("%s does not compile: %s", (source, error) => {
  expect(() => prepare(source, dynamic("self"))).toThrow(error);
});

test("a compile error shows where it is", () => {
  expect(() => prepare("self.a &&\n  foo", dynamic("self"))).toThrow("ERROR: <input>:2:3: undeclared reference to 'foo' (in container '')\n |   foo\n | ..^");
});

const numbers = `[${Array.from({ length: 200 }, (_, i) => i).join()}]`;
const hostile: [string, string][] = [
  ["nested loops", `${numbers}.all(a, ${numbers}.all(b, ${numbers}.all(c, a + b + c >= 0)))`],
  ["a doubling text", `${numbers}.map(x, "${"x".repeat(40_000)}".replace("x", "${"y".repeat(1000)}"))`],
  ["doubling lists", "[[0]].map(x, x + x).map(x, x + x).map(x, x + x + x + x)" + ".map(x, x + x + x + x + x + x + x + x)".repeat(20)],
  ["errors that are absorbed", `${numbers}.exists(a, ${numbers}.exists(b, 1 / 0 == a))`],
  ["backtracking", `"${"a".repeat(5000)}".matches("(a+)+$b")`],
  ["finding all", `"${"a".repeat(50_000)}".findAll("a.*b|a")`],
  ["deep nesting", "(".repeat(50_000)], ["many minuses", "-".repeat(90_000) + "1"], ["a long chain", "1" + "+1".repeat(40_000)], ["long members", "self" + ".a".repeat(40_000)],
  ["many ors", "false" + "||false".repeat(10_000)], ["lists in lists", "[".repeat(200) + "]".repeat(200)], ["deep equality", `${numbers}.all(a, ${numbers} == ${numbers})`],
  ["formats", `${numbers}.map(x, "%.99f%s%s".format([1.0, "${"z".repeat(9000)}", "a"]))`], ["comparing what is nested", `${numbers}.all(a, ${numbers}.all(b, self.big == self.same))`], ["sizes of a long text", `${numbers}.all(a, ${numbers}.all(b, size("${"é".repeat(40_000)}") > 0))`],
  ["keys of a wide map", `${numbers}.all(a, ${numbers}.all(b, self.wide.exists(k, true) && size(self.wide) > 1))`], ["blanks", `"${" ".repeat(90_000)}a".trim() == ""`],
  ["a list that is not the same", `${numbers}.all(a, ${numbers}.all(b, self.big != [1]))`], ["a query", `url("http://a/?" + "${"a&".repeat(40_000)}").getQuery() == {}`], ["characters", `${numbers}.all(a, ${numbers}.all(b, "${"😀".repeat(20_000)}".charAt(5) != ""))`],
  ["a long range", "lists.range(1000000000000).size() > 0"], ["distinct lists", `lists.range(3000).map(x, [x]).distinct().size() > 0`], ["sorting again and again", `${numbers}.all(a, ${numbers}.sortBy(b, -b).size() > 0 && ${numbers}.sort()[0] == 0)`], ["flattening what is deep", `${numbers}.map(a, [[${numbers}]]).flatten(9).size() > 0`],
  ["large repeats", `"${"a".repeat(2000)}".matches("((a{1,30}){1,30}){1,10}b")`],
];

test.each(hostile)("hostile expressions are stopped soon: %s", async (_name, source) => {
  const { cpuMs } = await cpuOnQuietMachine(40, () => {
    try { run(prepare(source, dynamic("self")), variablesOf({ self: fromJson({ ...object, ...wide }) }), new Budget()); } catch (error) { expect(error).toBeInstanceOf(CompileError); }
  });
  expect(cpuMs).toBeLessThan(50);
});

test("what is random never does more than fail", () => {
  const parts = ["self", ".s", ".n", ".list", "[0]", "[?1]", "(", ")", "1", "2.5", "'a'", "+", "-", "*", "/", "==", "&&", "||", "!", "?", ":", ".all(x, ", ".map(x, ", "x", ", ", "has(", "size(", "string(", "{", "}", "'k':", "[", "]", ".?zzz", ".orValue(", "in", "<", "duration('1h')", "optional.of("];
  let seed = 42;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  for (let i = 0; i < 5_000; i++) {
    const source = Array.from({ length: 1 + Math.floor(random() * 12) }, () => parts[Math.floor(random() * parts.length)]).join("");
    let program;
    try { program = prepare(source, dynamic("self")); } catch (error) { expect(error, source).toBeInstanceOf(CompileError); continue; }
    const outcome = run(program, variablesOf({ self: fromJson(object) }));
    expect(outcome.error === undefined || typeof outcome.error === "string").toBe(true);
  }
});
