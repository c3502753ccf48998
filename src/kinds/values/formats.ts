import { parseDuration } from "./duration.ts";
import { parseCidr, parseIp } from "./ip.ts";
import { isDns1123Label, isDns1123Subdomain } from "./names.ts";
import { parseTime } from "./time.ts";

/** The formats that upstream checks for strings of custom resources; unknown ones are ignored. */
const formats: Record<string, (text: string) => boolean> = {
  bsonobjectid: (t) => /^[0-9a-fA-F]{24}$/.test(t),
  byte: (t) => t !== "" && /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(t),
  creditcard: (t) => /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/.test(t.replace(/\D+/g, "")),
  cidr: (t) => parseCidr(t) !== undefined,
  date: (t) => /^\d{4}-\d{2}-\d{2}$/.test(t) && succeeds(() => parseTime(`${t}T00:00:00Z`)),
  datetime: (t) => succeeds(() => parseTime(t.replace(" ", "T").toUpperCase())),
  duration: (t) => succeeds(() => parseDuration(t)) || /^\d{1,15}\s*(ns|us|\u00b5s|ms|s|sec|second|seconds|m|min|minute|minutes|h|hr|hour|hours|d|day|days|w|week|weeks)$/.test(t),
  email: (t) => t.length <= 320 && /^[^\s@<>]+@[^\s@<>]+$/.test(t),
  hexcolor: (t) => /^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(t),
  hostname: (t) => t.length <= 255 && /^([a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)(\.[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)*\.?$/.test(t),
  ipv4: (t) => parseIp(t)?.family === 4,
  ipv6: (t) => parseIp(t)?.family === 6,
  isbn: (t) => isIsbn10(t) || isIsbn13(t),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  k8slongname: (t) => isDns1123Subdomain(t).length === 0,
  k8sshortname: (t) => isDns1123Label(t).length === 0,
  mac: (t) => /^([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}$/.test(t),
  password: () => true,
  rgbcolor: (t) => /^rgb\(\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*\)$/.test(t),
  ssn: (t) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(t),
  uri: (t) => URL.canParse(t) || t.startsWith("/"),
  uuid: (t) => /^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$/.test(t),
  uuid3: (t) => /^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?3[0-9a-fA-F]{3}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$/.test(t),
  uuid4: (t) => /^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?4[0-9a-fA-F]{3}-?[89abAB][0-9a-fA-F]{3}-?[0-9a-fA-F]{12}$/.test(t),
  uuid5: (t) => /^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?5[0-9a-fA-F]{3}-?[89abAB][0-9a-fA-F]{3}-?[0-9a-fA-F]{12}$/.test(t),
};

export function hasFormat(text: string, format: string): boolean {
  const name = normalized(format);
  return !Object.hasOwn(formats, name) || formats[name]!(text);
}

/** Whether a schema's format means anything for values of its type. */
export function isKnownFormat(format: string, type: string): boolean {
  switch (type) {
    case "": case "string": return Object.hasOwn(formats, normalized(format));
    case "integer": return format === "int32" || format === "int64";
    case "number": return format === "float" || format === "double";
    default: return false;
  }
}

const normalized = (format: string): string => format.replaceAll("-", "");

function isIsbn10(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, "");
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  const sum = [...digits].reduce((total, digit, i) => total + (i + 1) * (digit === "X" ? 10 : Number(digit)), 0);
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, "");
  if (!/^\d{13}$/.test(digits)) return false;
  return [...digits].reduce((total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 1 : 3), 0) % 10 === 0;
}

function succeeds(run: () => unknown): boolean {
  try { run(); return true; } catch { return false; }
}
