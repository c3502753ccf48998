/**
 * meta/v1 Time and MicroTime. Stored and served in UTC, to the second and to the microsecond. Code computes in
 * milliseconds since the epoch; the last three digits of a MicroTime that a client sent are kept as text.
 */
const shape = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const layouts = { time: "2006-01-02T15:04:05Z07:00", microTime: "2006-01-02T15:04:05.000000Z07:00" };

export const formatTime = (ms: number): string => `${dateOf(ms).toISOString().slice(0, 19)}Z`;
export const formatMicroTime = (ms: number): string => `${dateOf(ms).toISOString().slice(0, 23)}000Z`;

/** What a client's seconds put beyond the last moment that the text can tell becomes that moment. */
const dateOf = (ms: number): Date => new Date(Math.min(ms, LAST_MS));
const LAST_MS = 253_402_300_799_999;

/** Milliseconds since the epoch. Throws with Go's text when it is no RFC 3339 time. */
export function parseTime(text: string): number {
  return read(text, layouts.time).ms;
}

/** The same moment as it is stored: UTC, whole seconds. */
export function canonicalTime(text: string): string {
  const { ms } = read(text, layouts.time);
  return text.length === 20 ? text : formatTime(ms);
}

export function canonicalMicroTime(text: string): string {
  const { ms, fraction } = read(text, layouts.microTime);
  if (fraction === undefined || fraction.length !== 6) throw badTime(text, layouts.microTime, text.slice(19), ".000000");
  return `${new Date(ms).toISOString().slice(0, 19)}.${fraction}Z`;
}

function read(text: string, layout: string): { ms: number; fraction: string | undefined } {
  const match = shape.exec(text);
  if (!match) throw badTime(text, layout, ...firstMisfit(text));
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const inRange = Number(month) >= 1 && Number(month) <= 12 && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60
    && Number(day) >= 1 && Number(day) <= daysIn(Number(year), Number(month));
  if (!inRange) throw new Error(`parsing time ${JSON.stringify(text)}: ${outOfRange(Number(month), Number(hour), Number(minute), Number(second))} out of range`);
  const milli = fraction ? `${fraction.slice(0, 4).padEnd(4, "0")}` : "";
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${milli}${zone}`);
  // A zone can move the year out of four digits, or be nonsense such as +99:99.
  if (!Number.isFinite(ms) || ms < -62_167_219_200_000 || ms > LAST_MS) {
    throw new Error(`parsing time ${JSON.stringify(text)}: time zone offset hour out of range`);
  }
  return { ms, fraction: fraction?.slice(1) };
}

const daysIn = (year: number, month: number): number =>
  month === 2 ? (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;

function outOfRange(month: number, hour: number, minute: number, second: number): string {
  if (month < 1 || month > 12) return "month";
  if (hour > 23) return "hour";
  if (minute > 59) return "minute";
  return second > 59 ? "second" : "day";
}

/** Where Go's parser gives up: the rest of the text and the element of the layout that it wanted. */
function firstMisfit(text: string): [rest: string, element: string] {
  const elements: [RegExp, string][] = [
    [/^\d{4}/, "2006"], [/^-/, "-"], [/^\d\d/, "01"], [/^-/, "-"], [/^\d\d/, "02"], [/^T/, "T"],
    [/^\d\d/, "15"], [/^:/, ":"], [/^\d\d/, "04"], [/^:/, ":"], [/^\d\d(\.\d+)?/, "05"], [/^(Z|[+-]\d\d:\d\d)/, "Z07:00"],
  ];
  let rest = text;
  for (const [pattern, element] of elements) {
    const match = pattern.exec(rest);
    if (!match) return [rest, element];
    rest = rest.slice(match[0].length);
  }
  return [rest, ""];
}

function badTime(text: string, layout: string, rest: string, element: string): Error {
  if (element === "") return new Error(`parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`);
  return new Error(`parsing time ${JSON.stringify(text)} as "${layout}": cannot parse ${JSON.stringify(rest)} as "${element}"`);
}
