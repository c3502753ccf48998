import * as fc from "fast-check";
import { expect, test } from "vitest";
import { addQuantity, canonicalQuantity, compareQuantity, formatQuantity, isQuantity, parseQuantity, quantityMilli, quantityUnits } from "./quantity.ts";

test.each([
  ["0", "0"], ["100m", "100m"], ["1000m", "1"], ["1500m", "1500m"], ["0.5", "500m"], [".5", "500m"], ["1.5Gi", "1536Mi"], ["1024Ki", "1Mi"],
  ["1024", "1024"], ["1Ki", "1Ki"], ["0.5Ki", "512"], ["512Ki", "512Ki"], ["1000", "1k"], ["1e3", "1e3"], ["1E3", "1e3"], ["12e6", "12e6"],
  ["123000000", "123M"], ["-1500m", "-1500m"], ["1n", "1n"], ["0.1n", "1n"], ["5Ti", "5Ti"], ["1E", "1E"], ["1Ei", "1Ei"], ["0Mi", "0"], ["10.0", "10"],
  ["0.1Mi", "104857600m"], ["1500Ki", "1500Ki"], ["100Ei", "9223372036854775807"],
])("%s is stored as %s", (text, canonical) => expect(canonicalQuantity(text)).toBe(canonical));

test("numbers are read as their text", () => expect(canonicalQuantity(2)).toBe("2"));

test.each(["", "a", "1.2.3", "1ki", "1 Gi", "1mm", "--1", "1e", "0x1", "1e9999999999"])("%j is no quantity", (text) => expect(isQuantity(text)).toBe(false));

test("units and milli-units are rounded up", () => {
  expect(quantityUnits("1500m")).toBe(2);
  expect(quantityMilli("1u")).toBe(1);
  expect(quantityMilli("2")).toBe(2000);
  expect(quantityMilli("250m")).toBe(250);
  expect(quantityUnits("1Gi")).toBe(1073741824);
});

test("sums keep the first format that says something", () => {
  expect(formatQuantity(addQuantity(parseQuantity("0"), parseQuantity("1Gi")))).toBe("1Gi");
  expect(formatQuantity(addQuantity(parseQuantity("1Gi"), parseQuantity("1G")))).toBe("2073741824");
});

test("the canonical text is stable and means the same", () => {
  const text = fc.tuple(fc.integer({ min: -99999, max: 99999 }), fc.integer({ min: 0, max: 999 }), fc.constantFrom("", "n", "u", "m", "k", "M", "G", "Ki", "Mi", "Gi", "e2", "E-3"))
    .map(([whole, fraction, suffix]) => `${whole}.${fraction}${suffix}`);
  fc.assert(fc.property(text, (t) => {
    const once = canonicalQuantity(t);
    expect(canonicalQuantity(once)).toBe(once);
    expect(compareQuantity(parseQuantity(once), parseQuantity(t))).toBe(0);
  }), { numRuns: 500 });
});

test("no text makes the parser fail in another way than its own", () => {
  fc.assert(fc.property(fc.string(), (t) => { expect(typeof isQuantity(t)).toBe("boolean"); }), { numRuns: 300 });
});
