import { parseDuration } from "./duration.ts";
import { parseCidr, parseIp } from "./ip.ts";
import { parseTime } from "./time.ts";

/** The formats that upstream checks for strings of custom resources; unknown ones are ignored. */
const formats: Record<string, (text: string) => boolean> = {
  byte: (t) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(t),
  cidr: (t) => parseCidr(t) !== undefined,
  date: (t) => /^\d{4}-\d{2}-\d{2}$/.test(t) && succeeds(() => parseTime(`${t}T00:00:00Z`)),
  "date-time": (t) => succeeds(() => parseTime(t.replace(" ", "T").toUpperCase())),
  duration: (t) => succeeds(() => parseDuration(t)) || /^\d{1,15}\s*(ns|us|µs|ms|s|sec|second|seconds|m|min|minute|minutes|h|hr|hour|hours|d|day|days|w|week|weeks)$/.test(t),
  email: (t) => t.length <= 320 && /^[^\s@<>]+@[^\s@<>]+$/.test(t),
  hexcolor: (t) => /^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(t),
  hostname: (t) => t.length <= 255 && /^([a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)(\.[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)*\.?$/.test(t),
  ipv4: (t) => parseIp(t)?.family === 4,
  ipv6: (t) => parseIp(t)?.family === 6,
  mac: (t) => /^([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}$/.test(t),
  uri: (t) => URL.canParse(t) || t.startsWith("/"),
  uuid: (t) => /^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$/.test(t),
  uuid3: (t) => /^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?3[0-9a-fA-F]{3}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$/.test(t),
  uuid4: (t) => /^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?4[0-9a-fA-F]{3}-?[89abAB][0-9a-fA-F]{3}-?[0-9a-fA-F]{12}$/.test(t),
  uuid5: (t) => /^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?5[0-9a-fA-F]{3}-?[89abAB][0-9a-fA-F]{3}-?[0-9a-fA-F]{12}$/.test(t),
};

export const hasFormat = (text: string, format: string): boolean => !Object.hasOwn(formats, format) || formats[format]!(text);

function succeeds(run: () => unknown): boolean {
  try { run(); return true; } catch { return false; }
}
