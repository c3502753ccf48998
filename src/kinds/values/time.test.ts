import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, humanDuration, parseDuration } from "./duration.ts";
import { intValue, percentOf, scaledValue } from "./int-or-string.ts";
import { canonicalMicroTime, canonicalTime, formatMicroTime, formatTime, parseTime } from "./time.ts";

test("times are stored in UTC to the second", () => {
  expect(canonicalTime("2026-01-02T03:04:05Z")).toBe("2026-01-02T03:04:05Z");
  expect(canonicalTime("2026-01-02T03:04:05.999+02:00")).toBe("2026-01-02T01:04:05Z");
  expect(canonicalMicroTime("2026-01-02T03:04:05.123456+01:00")).toBe("2026-01-02T02:04:05.123456Z");
  expect(formatTime(parseTime("2026-01-02T03:04:05Z"))).toBe("2026-01-02T03:04:05Z");
  expect(formatMicroTime(1)).toBe("1970-01-01T00:00:00.001000Z");
});

test.each([
  ["x", 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'],
  ["2026-13-01T00:00:00Z", 'parsing time "2026-13-01T00:00:00Z": month out of range'],
  ["2026-02-30T00:00:00Z", 'parsing time "2026-02-30T00:00:00Z": day out of range'],
  ["2026-01-01", 'parsing time "2026-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'],
])("%s is no time", (text, message) => expect(() => parseTime(text)).toThrow(message));

test("durations are read and printed as Go does", () => {
  expect(parseDuration("1h30m")).toBe(5_400_000);
  expect(parseDuration("-1.5s")).toBe(-1500);
  expect(formatDuration(3_600_000)).toBe("1h0m0s");
  expect(formatDuration(1500)).toBe("1.5s");
  expect(formatDuration(0)).toBe("0s");
  expect(() => parseDuration("5")).toThrow('time: missing unit in duration "5"');
  expect(() => parseDuration("5y")).toThrow('time: unknown unit "y" in duration "5y"');
});

test("durations survive printing and reading", () => {
  fc.assert(fc.property(fc.integer({ min: -1e12, max: 1e12 }), (ms) => { expect(parseDuration(formatDuration(ms))).toBeCloseTo(ms, 3); }), { numRuns: 200 });
});

test.each([[5, "5s"], [119, "119s"], [125, "2m5s"], [600, "10m"], [3 * 3600, "3h"], [3 * 3600 + 60, "3h1m"], [50 * 3600, "2d2h"], [9 * 86400, "9d"], [800 * 86400, "2y70d"]])(
  "%d seconds show as %s", (seconds, text) => expect(humanDuration(seconds * 1000)).toBe(text));

test("percentages are scaled", () => {
  expect(scaledValue("25%", 10, true)).toBe(3);
  expect(scaledValue("25%", 10, false)).toBe(2);
  expect(scaledValue(4, 10, false)).toBe(4);
  expect(() => scaledValue("4", 10, false)).toThrow("invalid type: string is not a percentage");
  expect(intValue("80")).toBe(80);
  expect(percentOf("30%")).toBe(30);
});
