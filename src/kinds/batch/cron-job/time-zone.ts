/** Wall clocks of IANA time zones. */
export interface LocalTime { year: number; month: number; day: number; hour: number; minute: number; second: number; weekday: number }

const HOUR_MS = 3_600_000;
const formats = new Map<string, Intl.DateTimeFormat>();
const FORMATS_MAX = 64;

/** Whether there is such a zone. Offsets such as `+02:00` are none. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" });
    if (formats.size >= FORMATS_MAX) formats.clear();
    formats.set(zone, format);
  }
  return format;
}

export function localTime(atMs: number, zone: string): LocalTime {
  const localMs = zone === "UTC" ? atMs : localMsOf(atMs, zone);
  const date = new Date(localMs);
  return {
    year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(),
    hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds(), weekday: date.getUTCDay(),
  };
}

/** The wall clock's reading as if it were in UTC. */
function localMsOf(atMs: number, zone: string): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(atMs)) parts[type] = Number(value);
  return Date.UTC(parts.year!, parts.month! - 1, parts.day!, parts.hour!, parts.minute!, parts.second!);
}

/** When a later day begins. Where midnight is skipped, at the first moment that there is. */
export function startOfDay(fromMs: number, { year, month, day }: Pick<LocalTime, "year" | "month" | "day">, zone: string): number {
  const dayMs = Date.UTC(year, month - 1, day);
  if (zone === "UTC") return dayMs;
  const offsetMs = localMsOf(fromMs, zone) - fromMs;
  let atMs = dayMs - offsetMs;
  while (localMsOf(atMs, zone) < dayMs) atMs += HOUR_MS;
  const earlierMs = atMs - (localMsOf(atMs, zone) - dayMs);
  return earlierMs > fromMs && localMsOf(earlierMs, zone) >= dayMs ? earlierMs : atMs;
}

/** RFC 3339 with the zone's own offset. */
export function formatInZone(atMs: number, zone: string): string {
  const localMs = zone === "UTC" ? atMs : localMsOf(Math.floor(atMs / 1000) * 1000, zone);
  const text = new Date(localMs).toISOString().slice(0, 19);
  const minutes = Math.round((localMs - atMs) / 60_000);
  if (minutes === 0) return `${text}Z`;
  const two = (n: number) => String(n).padStart(2, "0");
  return `${text}${minutes < 0 ? "-" : "+"}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}
