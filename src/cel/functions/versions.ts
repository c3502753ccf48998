import { hasFormat } from "../../kinds/values/formats.ts";
import { isDns1035Label, isDns1123Label, isDns1123Subdomain, isLabelValue, isQualifiedName, maskTrailingDash } from "../../kinds/values/names.ts";
import { compareQuantity } from "../../kinds/values/quantity.ts";
import { Custom, fail, none, Optional, type Value } from "../values.ts";
import { QuantityValue } from "./kubernetes.ts";
import { define, readsFirst, type Library } from "./table.ts";

class Semver extends Custom {
  readonly typeName = "kubernetes.Semver";
  readonly parts: readonly bigint[];
  readonly pre: string;
  constructor(parts: readonly bigint[], pre: string) { super(); this.parts = parts; this.pre = pre; }
  equals(other: Value): boolean { return other instanceof Semver && compareSemver(this, other) === 0; }
}
class Format extends Custom {
  readonly typeName = "kubernetes.NamedFormat";
  readonly name: string;
  constructor(name: string) { super(); this.name = name; }
  equals(other: Value): boolean { return other instanceof Format && other.name === this.name; }
}

const shape = /^(0|[1-9]\d{0,18})\.(0|[1-9]\d{0,18})\.(0|[1-9]\d{0,18})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;

function parseSemver(text: string, normalize = false): Semver | undefined {
  if (text.length > 256) return undefined;
  const match = shape.exec(normalize ? normalized(text) : text);
  if (!match || match[4]?.split(".").some((p) => /^0\d+$/.test(p))) return undefined;
  return new Semver(match.slice(1, 4).map((p) => BigInt(p!)), match[4] ?? "");
}

/** A leading v, missing parts and leading zeros are forgiven. */
function normalized(text: string): string {
  const [, core, rest] = /^([^-+]*)(.*)$/s.exec(text.replace(/^v/, ""))!;
  const parts = core!.split(".").map((p) => p.replace(/^0+(?=\d)/, ""));
  while (parts.length < 3) parts.push("0");
  return parts.join(".") + rest!;
}

const semver = (text: string, normalize = false): Semver => parseSemver(text, normalize) ?? fail(`invalid semantic version ${JSON.stringify(text)}`);

function compareSemver(a: Semver, b: Semver): number {
  for (let i = 0; i < 3; i++) if (a.parts[i] !== b.parts[i]) return a.parts[i]! < b.parts[i]! ? -1 : 1;
  if (a.pre === b.pre) return 0;
  if (a.pre === "" || b.pre === "") return a.pre === "" ? 1 : -1;
  const left = a.pre.split("."), right = b.pre.split(".");
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = comparePart(left[i]!, right[i]!);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function comparePart(a: string, b: string): number {
  const numbers = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (numbers[0] && numbers[1]) return BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0;
  if (numbers[0] !== numbers[1]) return numbers[0] ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

const order = (a: Semver | QuantityValue, b: Semver | QuantityValue): number =>
  a instanceof Semver ? Math.sign(compareSemver(a, b as Semver)) : compareQuantity(a.quantity, (b as QuantityValue).quantity);
const sides = (result: string, run: (order: number) => Value) =>
  ["Semver", "Quantity"].map((t) => define(`${t}.(${t}): ${result}`, (a, b) => run(order(a, b))));

export const versions: Library = {
  semver: [define("(string): Semver", (t: string) => semver(t), readsFirst), define("(string, bool): Semver", semver, readsFirst)],
  isSemver: [define("(string): bool", (t: string) => parseSemver(t) !== undefined, readsFirst), define("(string, bool): bool", (t: string, n: boolean) => parseSemver(t, n) !== undefined, readsFirst)],
  major: [define("Semver.(): int", (v: Semver) => v.parts[0]!)],
  minor: [define("Semver.(): int", (v: Semver) => v.parts[1]!)],
  patch: [define("Semver.(): int", (v: Semver) => v.parts[2]!)],
  isGreaterThan: sides("bool", (o) => o > 0),
  isLessThan: sides("bool", (o) => o < 0),
  compareTo: sides("int", (o) => BigInt(o)),
};

const prefixed = (check: (name: string) => string[]) => (text: string): string[] => check(maskTrailingDash(text));
const byRule: Record<string, (text: string) => string[]> = {
  dns1123Label: isDns1123Label, dns1123Subdomain: isDns1123Subdomain, dns1035Label: isDns1035Label, qualifiedName: isQualifiedName, labelValue: isLabelValue,
  dns1123LabelPrefix: prefixed(isDns1123Label), dns1123SubdomainPrefix: prefixed(isDns1123Subdomain), dns1035LabelPrefix: prefixed(isDns1035Label),
  uri: (t) => (URL.canParse(t) || t.startsWith("/") ? [] : ["invalid URI for request"]),
  uuid: (t) => (hasFormat(t, "uuid") ? [] : ["does not match the UUID format"]), byte: (t) => (hasFormat(t, "byte") ? [] : ["invalid base64"]),
  date: (t) => (hasFormat(t, "date") ? [] : ["invalid date"]), datetime: (t) => (hasFormat(t, "date-time") ? [] : ["invalid datetime"]),
};
const named = (name: string): Optional => (Object.hasOwn(byRule, name) ? new Optional(new Format(name)) : none);

export const formats: Library = {
  "format.named": [define("(string): optional<Format>", named)],
  ...Object.fromEntries(Object.keys(byRule).map((name) => [`format.${name}`, [define("(): Format", () => new Format(name))]])),
  validate: [define("Format.(string): optional<list<string>>", (f: Format, text: string) => {
    const wrong = byRule[f.name]!(text);
    return wrong.length > 0 ? new Optional(wrong) : none;
  }, (_f, text: string) => readsFirst(text))],
};
