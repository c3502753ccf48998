import { expect, test } from "vitest";
import { durationText, fromBase64, microTimeText, parseDuration, parseTime, timeText, toBase64 } from "./scalars.ts";

test("durations are Go's", () => {
  const cases: [bigint, string][] = [
    [0n, "0s"], [1n, "1ns"], [1500n, "1.5µs"], [300_000_000n, "300ms"], [1_500_000_000n, "1.5s"], [60_000_000_000n, "1m0s"],
    [3_600_000_000_000n, "1h0m0s"], [-90_000_000_000n, "-1m30s"], [9_000_000_000_000_000_001n, "2500000h0m0.000000001s"],
  ];
  for (const [nanos, text] of cases) {
    expect(durationText(nanos)).toBe(text);
    expect(parseDuration(text)).toBe(nanos);
  }
  expect(parseDuration("1h30m")).toBe(5_400_000_000_000n);
  expect(parseDuration("soon")).toBe(0n);
});

test("times are cut to their precision, and Go's zero time is null", () => {
  expect(timeText(0)).toBe("1970-01-01T00:00:00Z");
  expect(timeText(-62135596800)).toBeNull();
  expect(microTimeText(1, 5_123)).toBe("1970-01-01T00:00:01.000005Z");
  expect(() => timeText(1e15)).toThrow(/out of range/);
  expect(parseTime("1970-01-01T01:00:01.5+01:00")).toEqual({ seconds: 1, nanos: 500_000_000 });
  expect(parseTime("yesterday")).toBeUndefined();
});

test("base64 is the padded standard alphabet", () => {
  for (const text of ["", "a", "ab", "abc", "abcd", "\u00ff\u00fe"]) {
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    expect(toBase64(bytes)).toBe(btoa(text));
    expect(fromBase64(btoa(text))).toEqual(bytes);
  }
});
