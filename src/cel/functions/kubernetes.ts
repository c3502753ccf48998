import { cidrContains, formatIp, network, parseCidr, parseIp, type IpAddress, type IpBlock } from "../../kinds/values/ip.ts";
import { addQuantity, compareQuantity, isQuantity, parseQuantity, quantityNumber, subtractQuantity, type Quantity } from "../../kinds/values/quantity.ts";
import { CelMap, BuiltMap, Custom, fail, type Value } from "../values.ts";
import { define, readsFirst, type Library } from "./table.ts";

export class QuantityValue extends Custom {
  readonly typeName = "kubernetes.Quantity";
  readonly quantity: Quantity;
  constructor(quantity: Quantity) { super(); this.quantity = quantity; }
  equals(other: Value): boolean { return other instanceof QuantityValue && compareQuantity(this.quantity, other.quantity) === 0; }
}
class IpValue extends Custom {
  readonly typeName = "net.IP";
  readonly ip: IpAddress;
  constructor(ip: IpAddress) { super(); this.ip = ip; }
  equals(other: Value): boolean { return other instanceof IpValue && sameIp(this.ip, other.ip); }
}
class CidrValue extends Custom {
  readonly typeName = "net.CIDR";
  readonly block: IpBlock;
  constructor(block: IpBlock) { super(); this.block = block; }
  equals(other: Value): boolean { return other instanceof CidrValue && other.block.prefix === this.block.prefix && sameIp(this.block.address, other.block.address); }
}
class UrlValue extends Custom {
  readonly typeName = "kubernetes.URL";
  readonly url: URL | undefined;
  readonly path: string;
  constructor(url: URL | undefined, path: string) { super(); this.url = url; this.path = path; }
  equals(other: Value): boolean { return other instanceof UrlValue && other.path === this.path && other.url?.href === this.url?.href; }
}

const sameIp = (a: IpAddress, b: IpAddress): boolean => a.family === b.family && a.value === b.value;
const nanoPerUnit = 1_000_000_000n;
const isWhole = (q: Quantity): boolean => q.nano % nanoPerUnit === 0n && BigInt.asIntN(64, q.nano / nanoPerUnit) === q.nano / nanoPerUnit;
const fromInt = (i: bigint): Quantity => ({ nano: i * nanoPerUnit, format: "DecimalSI" });
const quantityOf = (text: string): QuantityValue => {
  try { return new QuantityValue(parseQuantity(text)); } catch (error) { return fail((error as Error).message); }
};

export const quantities: Library = {
  quantity: [define("(string): Quantity", quantityOf, readsFirst)],
  isQuantity: [define("(string): bool", (text: string) => isQuantity(text), readsFirst)],
  isInteger: [define("Quantity.(): bool", (q: QuantityValue) => isWhole(q.quantity))],
  asInteger: [define("Quantity.(): int", (q: QuantityValue) => (isWhole(q.quantity) ? q.quantity.nano / nanoPerUnit : fail("cannot convert value to integer")))],
  asApproximateFloat: [define("Quantity.(): double", (q: QuantityValue) => quantityNumber(q.quantity))],
  sign: [define("Quantity.(): int", (q: QuantityValue) => (q.quantity.nano > 0n ? 1n : q.quantity.nano < 0n ? -1n : 0n))],
  add: [
    define("Quantity.(Quantity): Quantity", (a: QuantityValue, b: QuantityValue) => new QuantityValue(addQuantity(a.quantity, b.quantity))),
    define("Quantity.(int): Quantity", (a: QuantityValue, b: bigint) => new QuantityValue(addQuantity(a.quantity, fromInt(b)))),
  ],
  sub: [
    define("Quantity.(Quantity): Quantity", (a: QuantityValue, b: QuantityValue) => new QuantityValue(subtractQuantity(a.quantity, b.quantity))),
    define("Quantity.(int): Quantity", (a: QuantityValue, b: bigint) => new QuantityValue(subtractQuantity(a.quantity, fromInt(b)))),
  ],
};

const ipOf = (text: string): IpValue => {
  const ip = parseIp(text);
  if (!ip) return fail(`IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`);
  return ip.mapped ? fail(`IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`) : new IpValue(ip);
};
const cidrOf = (text: string): CidrValue => {
  const block = parseCidr(text);
  if (!block) return fail(`network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)})`);
  return block.address.mapped ? fail(`IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`) : new CidrValue(block);
};
const within = (value: bigint, base: bigint, { shift }: { shift: bigint }): boolean => value >> shift === base >> shift;
/** 4- and 6-byte forms: [link-local unicast, loopback, link-local multicast, multicast prefixes as base and shift]. */
const isLoopback = ({ family, value }: IpAddress): boolean => (family === 4 ? value >> 24n === 127n : value === 1n);
const isMulticastLocal = ({ family, value }: IpAddress): boolean => (family === 4 ? within(value, 0xe0000000n, { shift: 8n }) : (value >> 112n) % 0x10000n >> 8n === 0xffn && ((value >> 112n) & 0xfn) === 2n);
const isUnicastLocal = ({ family, value }: IpAddress): boolean => (family === 4 ? value >> 16n === 0xa9fen : value >> 118n === 0x3fan);
const isMulticast = ({ family, value }: IpAddress): boolean => (family === 4 ? value >> 28n === 0xen : value >> 120n === 0xffn);
const isGlobal = (ip: IpAddress): boolean => ip.value !== 0n && !(ip.family === 4 && ip.value === 0xffffffffn) && !isLoopback(ip) && !isMulticast(ip) && !isUnicastLocal(ip);
const containsIp = ({ block }: CidrValue, { ip }: IpValue): boolean => cidrContains(block, ip);
const containsCidr = ({ block }: CidrValue, { block: inner }: CidrValue): boolean => inner.prefix >= block.prefix && cidrContains(block, inner.address);
const family = (ip: IpAddress): bigint => BigInt(ip.family);
const canParseIp = (text: string): boolean => { const ip = parseIp(text); return ip !== undefined && !ip.mapped; };
const canParseCidr = (text: string): boolean => { const block = parseCidr(text); return block !== undefined && !block.address.mapped; };

export const addresses: Library = {
  ip: [define("(string): IP", ipOf, readsFirst), define("CIDR.(): IP", (c: CidrValue) => new IpValue(c.block.address))],
  isIP: [define("(string): bool", canParseIp, readsFirst)],
  "ip.isCanonical": [define("(string): bool", (text: string) => formatIp(ipOf(text).ip) === text, readsFirst)],
  isUnspecified: [define("IP.(): bool", ({ ip }: IpValue) => ip.value === 0n)],
  isLoopback: [define("IP.(): bool", ({ ip }: IpValue) => isLoopback(ip))],
  isLinkLocalMulticast: [define("IP.(): bool", ({ ip }: IpValue) => isMulticastLocal(ip))],
  isLinkLocalUnicast: [define("IP.(): bool", ({ ip }: IpValue) => isUnicastLocal(ip))],
  isGlobalUnicast: [define("IP.(): bool", ({ ip }: IpValue) => isGlobal(ip))],
  family: [define("IP.(): int", ({ ip }: IpValue) => family(ip))],
  cidr: [define("(string): CIDR", cidrOf, readsFirst)],
  isCIDR: [define("(string): bool", canParseCidr, readsFirst)],
  containsIP: [define("CIDR.(IP): bool", containsIp), define("CIDR.(string): bool", (c: CidrValue, text: string) => containsIp(c, ipOf(text)), (_c, text: string) => readsFirst(text))],
  containsCIDR: [define("CIDR.(CIDR): bool", containsCidr), define("CIDR.(string): bool", (c: CidrValue, text: string) => containsCidr(c, cidrOf(text)), (_c, text: string) => readsFirst(text))],
  prefixLength: [define("CIDR.(): int", ({ block }: CidrValue) => BigInt(block.prefix))],
  masked: [define("CIDR.(): CIDR", ({ block }: CidrValue) => new CidrValue({ address: network(block), prefix: block.prefix }))],
  string: [
    define("(IP): string", ({ ip }: IpValue) => formatIp(ip)), define("(CIDR): string", ({ block }: CidrValue) => `${formatIp(block.address)}/${block.prefix}`),
    define("(Quantity): string", ({ quantity: q }: QuantityValue) => String(quantityNumber(q))),
  ],
};

/** As Go's url.ParseRequestURI: absolute URLs and absolute paths. */
function parseUrl(text: string): UrlValue | undefined {
  if (/[\u0000-\u001f\u007f ]/.test(text)) return undefined;
  if (text.startsWith("/")) return new UrlValue(undefined, text);
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) && URL.canParse(text) ? new UrlValue(new URL(text), text) : undefined;
}
const urlOf = (text: string): UrlValue => parseUrl(text) ?? fail(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`);
const isDefaultPort = (url: UrlValue): string | undefined => /^[a-z]+:\/\/[^/?#]*?(:\d+)(?:[/?#]|$)/i.exec(url.path)?.[1];

export const urls: Library = {
  url: [define("(string): URL", urlOf, readsFirst)],
  isURL: [define("(string): bool", (text: string) => parseUrl(text) !== undefined, readsFirst)],
  getScheme: [define("URL.(): string", ({ url }: UrlValue) => url?.protocol.replace(/:$/, "") ?? "")],
  getHost: [define("URL.(): string", (u: UrlValue) => (u.url ? u.url.hostname + (isDefaultPort(u) ?? "") : ""))],
  getHostname: [define("URL.(): string", ({ url }: UrlValue) => url?.hostname.replace(/^\[|\]$/g, "") ?? "")],
  getPort: [define("URL.(): string", (u: UrlValue) => isDefaultPort(u)?.slice(1) ?? "")],
  getEscapedPath: [define("URL.(): string", ({ url, path }: UrlValue) => {
    if (!url) return encodeURI(decodeOrSame(path.split("?")[0]!));
    return url.pathname === "/" && !/^[a-z]+:\/\/[^/?#]*\//i.test(path) ? "" : url.pathname;
  })],
  getQuery: [define("URL.(): map<string, list<string>>", ({ url, path }: UrlValue) => {
    const query = new Map<string, string[]>();
    for (const [key, value] of url?.searchParams ?? new URLSearchParams(path.split("?")[1] ?? "")) {
      const values = query.get(key);
      if (values) values.push(value);
      else query.set(key, [value]);
    }
    const result = new BuiltMap();
    for (const [key, values] of query) result.set(key, values);
    return result satisfies CelMap;
  }, ({ path }: UrlValue) => path.length)],
};

function decodeOrSame(text: string): string {
  try { return decodeURI(text); } catch { return text; }
}
