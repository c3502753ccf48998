/** IP addresses and CIDR blocks, parsed as Go's net/netip does, with upstream's texts of what is wrong. */
export interface IpAddress { family: 4 | 6; value: bigint; mapped: boolean }
export interface IpBlock { address: IpAddress; prefix: number }

/** Undefined if it is none. Leading zeros and zones are refused. */
export function parseIp(text: string): IpAddress | undefined {
  if (text.length > 45) return undefined;
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** RFC 5952 text. */
export function formatIp(ip: IpAddress): string {
  if (ip.family === 4) return formatIpv4(ip.value);
  if (ip.mapped) return formatIpv4(ip.value & 0xffffffffn);
  const groups = Array.from({ length: 8 }, (_, i) => Number((ip.value >> BigInt(112 - 16 * i)) & 0xffffn));
  const run = longestZeroRun(groups);
  const hex = (part: number[]) => part.map((g) => g.toString(16)).join(":");
  return run ? `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}` : hex(groups);
}

export function parseCidr(text: string): IpBlock | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const address = parseIp(text.slice(0, slash));
  const prefixText = text.slice(slash + 1);
  if (!address || !/^(0|[1-9]\d{0,2})$/.test(prefixText)) return undefined;
  const prefix = Number(prefixText);
  return prefix <= bits(address) ? { address, prefix } : undefined;
}

export const formatCidr = (block: IpBlock): string => `${formatIp(network(block))}/${block.prefix}`;

export function cidrContains(block: IpBlock, ip: IpAddress): boolean {
  const shift = BigInt(bits(block.address) - block.prefix);
  return ip.family === block.address.family && ip.value >> shift === block.address.value >> shift;
}

/** First address of the block. */
export function network({ address, prefix }: IpBlock): IpAddress {
  const shift = BigInt(bits(address) - prefix);
  return { ...address, value: (address.value >> shift) << shift };
}

export const bits = (ip: IpAddress): number => (ip.family === 4 ? 32 : 128);

/** For fields that take any form of an address. */
export function isIpLegacy(text: string): string[] {
  const ip = parseIp(text);
  if (!ip) return [hasLeadingZeros(text) ? "must not have leading 0s" : "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"];
  return ip.mapped ? ["must not be an IPv4-mapped IPv6 address"] : [];
}

export function isIp(text: string): string[] {
  const errors = isIpLegacy(text);
  if (errors.length > 0) return errors;
  const canonical = formatIp(parseIp(text)!);
  return canonical === text ? [] : [`must be in canonical form ("${canonical}")`];
}

export function isCidrLegacy(text: string): string[] {
  const block = parseCidr(text);
  if (!block) {
    return [hasLeadingZeros(text) ? "must not have leading 0s in IP or prefix length" : "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"];
  }
  if (block.address.mapped) return ["must not have an IPv4-mapped IPv6 address"];
  return network(block).value === block.address.value ? [] : ["must not have bits set beyond the prefix length"];
}

export function isCidr(text: string): string[] {
  const errors = isCidrLegacy(text);
  if (errors.length > 0) return errors;
  const canonical = formatCidr(parseCidr(text)!);
  return canonical === text ? [] : [`must be in canonical form ("${canonical}")`];
}

/** What is accepted but written otherwise than it should be: IPv6 has many forms. `path` names the field. */
export function ipWarnings(path: string, text: string): string[] {
  const ip = text.includes(":") ? parseIp(text) : undefined;
  const canonical = ip && formatIp(ip);
  return ip?.family !== 6 || ip.mapped || canonical === text ? [] : [`${path}: IPv6 address ${JSON.stringify(text)} should be in RFC 5952 canonical format ("${canonical}")`];
}

export function cidrWarnings(path: string, text: string): string[] {
  const block = text.includes(":") ? parseCidr(text) : undefined;
  const canonical = block && formatCidr(block);
  return block?.address.family !== 6 || block.address.mapped || canonical === text ? [] : [`${path}: IPv6 CIDR value ${JSON.stringify(text)} should be in RFC 5952 canonical format ("${canonical}")`];
}

/** Would be an address or block if its leading zeros were dropped: upstream then has another text. */
function hasLeadingZeros(text: string): boolean {
  const stripped = text.replace(/(^|[./])0+(?=\d)/g, "$1");
  return stripped !== text && (parseIp(stripped) !== undefined || parseCidr(stripped) !== undefined);
}

function parseIpv4(text: string): IpAddress | undefined {
  const value = ipv4Value(text);
  return value === undefined ? undefined : { family: 4, value, mapped: false };
}

function ipv4Value(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) < 256)) return undefined;
  return BigInt(parts.reduce((sum, p) => sum * 256 + Number(p), 0));
}

function parseIpv6(text: string): IpAddress | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = ipv6Groups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? ipv6Groups(halves[1]!, true) : [];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail];
  const value = groups.reduce((sum, g) => (sum << 16n) | BigInt(g), 0n);
  return { family: 6, value, mapped: value >> 32n === 0xffffn };
}

function ipv6Groups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) { groups.push(Number.parseInt(part, 16)); continue; }
    const ipv4 = mayEndInIpv4 && i === parts.length - 1 ? ipv4Value(part) : undefined;
    if (ipv4 === undefined) return undefined;
    groups.push(Number(ipv4 >> 16n), Number(ipv4 & 0xffffn));
  }
  return groups;
}

const formatIpv4 = (value: bigint): string => [24n, 16n, 8n, 0n].map((s) => (value >> s) & 255n).join(".");

function longestZeroRun(groups: number[]): { start: number; length: number } | undefined {
  let best = { start: 0, length: 0 };
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (end < groups.length && groups[end] === 0) end++;
    if (end - i > best.length) best = { start: i, length: end - i };
    if (end > i) i = end;
  }
  return best.length >= 2 ? best : undefined;
}
