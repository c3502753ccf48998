import { expect, test } from "vitest";
import * as fc from "fast-check";
import { parseSchedule } from "./schedule.ts";
import { formatInZone, isTimeZone, localTime } from "./time-zone.ts";

const at = (text: string) => Date.parse(text);
function times(spec: string, from: string, count: number, zone = "UTC"): string[] {
  const schedule = parseSchedule(spec);
  const found: string[] = [];
  for (let ms: number | undefined = at(from); found.length < count; ) {
    ms = schedule.next(ms!, zone);
    if (ms === undefined) break;
    found.push(formatInZone(ms, zone));
  }
  return found;
}

test.each<[string, string, string[]]>([
  ["*/15 * * * *", "2026-01-01T00:00:00Z", ["2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z"]],
  ["0 12 * * mon-fri", "2026-01-02T13:00:00Z", ["2026-01-05T12:00:00Z", "2026-01-06T12:00:00Z"]],
  ["30 4 1,15 * fri", "2026-01-01T04:30:00Z", ["2026-01-02T04:30:00Z", "2026-01-09T04:30:00Z", "2026-01-15T04:30:00Z"]],
  ["0 0 */10 * fri", "2026-01-01T00:00:00Z", ["2026-01-02T00:00:00Z", "2026-01-09T00:00:00Z", "2026-01-11T00:00:00Z"]],
  ["0 0 29 2 ?", "2026-01-01T00:00:00Z", ["2028-02-29T00:00:00Z"]],
  ["0 0 31 2 *", "2026-01-01T00:00:00Z", []],
  ["50/3 * * * *", "2026-01-01T00:00:00Z", ["2026-01-01T00:50:00Z", "2026-01-01T00:53:00Z", "2026-01-01T00:56:00Z", "2026-01-01T00:59:00Z", "2026-01-01T01:50:00Z"]],
  ["@hourly", "2026-01-01T00:00:01Z", ["2026-01-01T01:00:00Z"]],
  ["@weekly", "2026-01-01T00:00:00Z", ["2026-01-04T00:00:00Z"]],
  ["@yearly", "2026-01-01T00:00:00Z", ["2027-01-01T00:00:00Z"]],
  ["@every 1h30m", "2026-01-01T00:00:10Z", ["2026-01-01T01:30:10Z", "2026-01-01T03:00:10Z"]],
  [",  * * * *", "2026-01-01T00:00:00Z", []],
])("%s after %s", (spec, from, expected) => {
  expect(times(spec, from, Math.max(1, expected.length))).toEqual(expected);
});

test.each<[string, string]>([
  ["", "empty spec string"],
  ["* * * *", "expected exactly 5 fields, found 4: [* * * *]"],
  ["60 * * * *", "end of range (60) above maximum (59): 60"],
  ["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
  ["* * * * 7", "end of range (7) above maximum (6): 7"],
  ["5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"],
  ["*/0 * * * *", "step of range should be a positive number: */0"],
  ["1-2-3 * * * *", "too many hyphens: 1-2-3"],
  ["1/2/3 * * * *", "too many slashes: 1/2/3"],
  ["x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ["@sometimes", "unrecognized descriptor: @sometimes"],
  ["@constructor", "unrecognized descriptor: @constructor"],
  ["@every soon", 'failed to parse duration soon: time: invalid duration "soon"'],
])("%j is none: %s", (spec, message) => {
  expect(() => parseSchedule(spec)).toThrow(message);
});

test("wall clocks: skipped times do not run, repeated ones run twice", () => {
  expect(times("30 2 * * *", "2026-03-07T12:00:00Z", 2, "America/New_York")).toEqual(["2026-03-09T02:30:00-04:00", "2026-03-10T02:30:00-04:00"]);
  expect(times("30 1 * * *", "2026-10-31T12:00:00Z", 3, "America/New_York")).toEqual(["2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00", "2026-11-02T01:30:00-05:00"]);
  expect(times("0 0 * * *", "2026-03-28T12:00:00Z", 2, "Europe/Berlin")).toEqual(["2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"]);
  expect(times("0 0 1 * *", "2026-01-15T00:00:00Z", 3, "Asia/Kolkata")).toEqual(["2026-02-01T00:00:00+05:30", "2026-03-01T00:00:00+05:30", "2026-04-01T00:00:00+05:30"]);
});

test("zones", () => {
  expect(["UTC", "Etc/UTC", "America/New_York", "Etc/GMT+5"].map(isTimeZone)).toEqual([true, true, true, true]);
  expect(["", "Local time", "+02:00", "Mars/Olympus", "../etc"].map(isTimeZone)).toEqual([false, false, false, false, false]);
});

/** Minute by minute, the slow way. */
test("the next time is the first minute that matches, in any zone", () => {
  const field = (min: number, max: number) => fc.oneof(fc.constant("*"), fc.integer({ min, max }).map(String), fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`), fc.integer({ min: 1, max: 20 }).map((n) => `*/${n}`));
  const zones = fc.constantFrom("UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu");
  fc.assert(fc.property(field(0, 59), field(0, 23), field(0, 6), zones, fc.integer({ min: 0, max: 366 * 24 * 60 }), (minute, hour, weekday, zone, offset) => {
    const schedule = parseSchedule(`${minute} ${hour} * * ${weekday}`);
    const fromMs = at("2026-01-01T00:00:00Z") + offset * 60_000;
    const next = schedule.next(fromMs, zone);
    const matches = (text: string, value: number, min: number) => {
      if (text === "*") return true;
      if (text.startsWith("*/")) return (value - min) % Number(text.slice(2)) === 0;
      const [low, high = low] = text.split("-").map(Number);
      return value >= low! && value <= high!;
    };
    let slow: number | undefined;
    for (let ms = fromMs + 60_000; ms <= fromMs + 4 * 24 * 3_600_000 && slow === undefined; ms += 60_000) {
      const local = localTime(ms, zone);
      if (matches(minute, local.minute, 0) && matches(hour, local.hour, 0) && matches(weekday, local.weekday, 0)) slow = ms;
    }
    if (slow === undefined) expect(next === undefined || next > fromMs + 4 * 24 * 3_600_000).toBe(true);
    else expect(next).toBe(slow);
  }), { numRuns: 60, seed: 7 });
}, 60_000);

test("junk is refused with a reason or gives times that only go forward", () => {
  const junk = fc.oneof(fc.string({ maxLength: 40 }), fc.array(fc.constantFrom("*", "?", "/", "-", ",", "1", "59", "60", "mon", "jan", "@", " ", "  "), { maxLength: 30 }).map((parts) => parts.join("")));
  fc.assert(fc.property(junk, (text) => {
    let schedule;
    try {
      schedule = parseSchedule(text);
    } catch (error) {
      expect((error as Error).message).not.toBe("");
      return;
    }
    const fromMs = at("2026-05-05T05:05:05Z");
    const next = schedule.next(fromMs, "UTC");
    if (next !== undefined) expect(next).toBeGreaterThan(fromMs);
  }), { numRuns: 500, seed: 3 });
});
