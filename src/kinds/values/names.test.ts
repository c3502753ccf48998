import * as fc from "fast-check";
import { expect, test } from "vitest";
import * as names from "./names.ts";
import { cidrContains, formatIp, isCidr, isIp, isIpLegacy, parseCidr, parseIp } from "./ip.ts";

test("names are judged in upstream's words", () => {
  expect(names.isDns1123Label("a.b")).toEqual(["must not contain dots"]);
  expect(names.isDns1123Label("A")).toEqual(["a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"]);
  expect(names.isDns1123Subdomain("example.com")).toEqual([]);
  expect(names.isDns1123Subdomain("a".repeat(254))).toEqual(["must be no more than 253 characters"]);
  expect(names.isDns1035Label("1a")).toHaveLength(1);
  expect(names.isQualifiedName("example.com/a")).toEqual([]);
  expect(names.isQualifiedName("/a")).toEqual(["prefix part must be non-empty"]);
  expect(names.isQualifiedName("a/b/c")[0]).toMatch(/^a valid label key must consist of/);
  expect(names.isLabelValue("a".repeat(64))).toEqual(["must be no more than 63 bytes"]);
  expect(names.isRelaxedEnvVarName("a b")).toEqual([]);
  expect(names.isRelaxedEnvVarName("a=b")).toHaveLength(1);
  expect(names.isConfigMapKey("..a")).toEqual(["must not start with '..'"]);
  expect(names.isPortName("a--b")).toEqual(["must not contain consecutive hyphens"]);
  expect(names.isPathSegmentName("a/b")).toEqual(["may not contain '/'"]);
  expect(names.isPathSegmentName(".")).toEqual(["may not be '.'"]);
});

test("hostile names take no time", () => {
  const started = performance.now();
  for (const hostile of ["a".repeat(100_000) + "!", "a-".repeat(50_000), "a.".repeat(50_000)]) {
    names.isDns1123Subdomain(hostile); names.isQualifiedName(hostile); names.isLabelValue(hostile); names.isWildcardDns1123Subdomain(`*.${hostile}`);
  }
  expect(performance.now() - started).toBeLessThan(1000);
});

test("addresses are canonical as RFC 5952 says", () => {
  expect(isIp("10.0.0.1")).toEqual([]);
  expect(isIp("FE80::1")).toEqual(['must be in canonical form ("fe80::1")']);
  expect(isIp("::")).toEqual([]);
  expect(isIpLegacy("010.0.0.1")).toEqual(["must not have leading 0s"]);
  expect(isIpLegacy("::ffff:1.2.3.4")).toEqual(["must not be an IPv4-mapped IPv6 address"]);
  expect(isIpLegacy("1.2.3")).toEqual(["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]);
  expect(isCidr("10.0.0.1/8")).toEqual(["must not have bits set beyond the prefix length"]);
  expect(isCidr("10.0.0.0/33")).toHaveLength(1);
  expect(cidrContains(parseCidr("10.96.0.0/16")!, parseIp("10.96.3.4")!)).toBe(true);
  expect(cidrContains(parseCidr("10.96.0.0/16")!, parseIp("::1")!)).toBe(false);
});

test("IPv6 addresses survive printing and reading", () => {
  fc.assert(fc.property(fc.ipV6(), (text) => {
    const ip = parseIp(text);
    expect(ip).toBeDefined();
    expect(parseIp(formatIp(ip!))?.value).toBe(ip!.mapped ? ip!.value & 0xffffffffn : ip!.value);
  }), { numRuns: 200 });
});
