/**
 * Schedules as robfig/cron v3 reads and counts them, since that is what users of CronJobs rely on: five fields or a
 * descriptor; names of months and days; `?` is `*`; a day must match both day fields if one of them is a star, else
 * either; a step above one makes a star an ordinary range. Where clocks are put forward a skipped time does not run,
 * where they are put back a repeated one runs twice.
 */
import { parseDuration } from "../../values/duration.ts";
import { localTime, startOfDay, type LocalTime } from "./time-zone.ts";

export interface Schedule {
  /** The next time after this one, in milliseconds; undefined if there is none within five years. */
  next(afterMs: number, zone: string): number | undefined;
  /** `@every`: counted from the last time rather than by the clock. */
  readonly everyMs?: number;
}

interface Bounds { min: number; max: number; names?: readonly string[] }
interface Field { values: ReadonlySet<number>; star: boolean }

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const BOUNDS: readonly Bounds[] = [
  { min: 0, max: 59 }, { min: 0, max: 23 }, { min: 1, max: 31 }, { min: 1, max: 12, names: MONTHS }, { min: 0, max: 6, names: DAYS },
];
const DESCRIPTORS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
};

/** Throws with the library's text where it is none. */
export function parseSchedule(text: string): Schedule {
  if (text === "") throw new Error("empty spec string");
  if (text.startsWith("@every ")) return every(text.slice("@every ".length));
  const spec = text.startsWith("@") ? Object.hasOwn(DESCRIPTORS, text) ? DESCRIPTORS[text]! : undefined : text;
  if (spec === undefined) throw new Error(`unrecognized descriptor: ${text}`);
  const parts = spec.split(/\s+/).filter(Boolean);
  if (parts.length !== BOUNDS.length) throw new Error(`expected exactly ${BOUNDS.length} fields, found ${parts.length}: [${parts.join(" ")}]`);
  const fields = parts.map((part, i) => parseField(part, BOUNDS[i]!));
  // A field of nothing but commas is let through, and never matches.
  return fields.some(({ values }) => values.size === 0) ? { next: () => undefined } : new FieldSchedule(fields);
}

function every(text: string): Schedule {
  let durationMs: number;
  try {
    durationMs = parseDuration(text);
  } catch (error) {
    throw new Error(`failed to parse duration ${text}: ${(error as Error).message}`, { cause: error });
  }
  const everyMs = Math.max(1000, Math.floor(durationMs / 1000) * 1000);
  return { everyMs, next: (afterMs) => Math.floor(afterMs / 1000) * 1000 + everyMs };
}

function parseField(text: string, bounds: Bounds): Field {
  const values = new Set<number>();
  let star = false;
  for (const part of text.split(",").filter(Boolean)) {
    const range = parseRange(part, bounds);
    star ||= range.star;
    for (let value = range.start; value <= range.end; value += range.step) values.add(value);
  }
  return { values, star };
}

function parseRange(text: string, bounds: Bounds): { start: number; end: number; step: number; star: boolean } {
  const [range = "", stepText, ...moreSteps] = text.split("/");
  const [low = "", high, ...moreBounds] = range.split("-");
  let star = low === "*" || low === "?";
  let start = bounds.min;
  let end = bounds.max;
  if (!star) {
    start = intOrName(low, bounds);
    if (moreBounds.length > 0) throw new Error(`too many hyphens: ${text}`);
    end = high === undefined ? start : intOrName(high, bounds);
  }
  if (moreSteps.length > 0) throw new Error(`too many slashes: ${text}`);
  let step = 1;
  if (stepText !== undefined) {
    step = integer(stepText);
    // A single number with a step begins a range.
    if (high === undefined) end = bounds.max;
    if (step > 1) star = false;
  }
  if (start < bounds.min) throw new Error(`beginning of range (${start}) below minimum (${bounds.min}): ${text}`);
  if (end > bounds.max) throw new Error(`end of range (${end}) above maximum (${bounds.max}): ${text}`);
  if (start > end) throw new Error(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new Error(`step of range should be a positive number: ${text}`);
  return { start, end, step, star };
}

function intOrName(text: string, { names, min }: Bounds): number {
  const place = names?.indexOf(text.toLowerCase()) ?? -1;
  return place >= 0 ? place + min : integer(text);
}

function integer(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new Error(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  if (text.length > 18) throw new Error(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: value out of range`);
  if (text.startsWith("-") && Number(text) !== 0) throw new Error(`negative number (${Number(text)}) not allowed: ${text}`);
  return Number(text);
}

const MINUTE_MS = 60_000;
const YEARS_MAX = 5;

class FieldSchedule implements Schedule {
  readonly #minute: Field;
  readonly #hour: Field;
  readonly #day: Field;
  readonly #month: Field;
  readonly #weekday: Field;

  constructor(fields: readonly Field[]) {
    [this.#minute, this.#hour, this.#day, this.#month, this.#weekday] = fields as [Field, Field, Field, Field, Field];
  }

  next(afterMs: number, zone: string): number | undefined {
    let atMs = (Math.floor(afterMs / MINUTE_MS) + 1) * MINUTE_MS;
    const yearMax = localTime(atMs, zone).year + YEARS_MAX;
    for (;;) {
      const local = localTime(atMs, zone);
      if (local.year > yearMax) return undefined;
      if (!this.#month.values.has(local.month)) atMs = startOfDay(atMs, { ...local, month: local.month + 1, day: 1 }, zone);
      else if (!this.#matchesDay(local)) atMs = startOfDay(atMs, { ...local, day: local.day + 1 }, zone);
      else if (!this.#hour.values.has(local.hour)) atMs += (60 - local.minute) * MINUTE_MS;
      else if (!this.#minute.values.has(local.minute)) atMs += MINUTE_MS;
      else return atMs;
    }
  }

  #matchesDay({ day, weekday }: LocalTime): boolean {
    const [byDay, byWeekday] = [this.#day.values.has(day), this.#weekday.values.has(weekday)];
    return this.#day.star || this.#weekday.star ? byDay && byWeekday : byDay || byWeekday;
  }
}
