import { internalError } from "../../../lib/errors.ts";
import type { WriteContext } from "../../kind.ts";
import { ipAddress } from "../../networking/ip-address/kind.ts";
import { readyRanges, usableSize } from "../../networking/service-cidr/ranges.ts";
import type { ServiceSpec } from "../../types/core-v1.generated.ts";
import { bits, cidrContains, formatCidr, formatIp, type IpAddress, type IpBlock, network, parseIp } from "../../values/ip.ts";
import { dynamicFirst, reservedOf } from "./bands.ts";
import { refuse } from "./refuse.ts";
import { needsClusterIp } from "./traits.ts";

/**
 * Gives the service an address of each of its families, or claims those that it asks for; what it holds already stays.
 * An address is free when no ServiceCIDR's IPAddress stands for it, whoever made that, and no other service has it.
 */
export function allocateClusterIps(spec: ServiceSpec, old: ServiceSpec | undefined, name: string, ctx: WriteContext): void {
  const held = old && needsClusterIp(old) ? (old.clusterIPs ?? []) : [];
  const asked = spec.clusterIPs ?? [];
  const wanted = (spec.ipFamilies ?? []).map((family, i) => {
    const ip = asked[i];
    if (!ip) return findFree(family, ctx);
    if (!held.includes(ip)) claim(ip, spec, name, ctx);
    return ip;
  });
  // More addresses than families is for validation to report.
  spec.clusterIPs = [...wanted, ...asked.slice(wanted.length)];
  spec.clusterIP = spec.clusterIPs[0];
}

/** Addresses, not `None`. */
export const addressesOf = (spec: ServiceSpec | undefined): string[] => (spec?.clusterIPs ?? []).filter((ip) => ip !== "" && ip !== "None");

function claim(text: string, spec: ServiceSpec, name: string, ctx: WriteContext): void {
  const ip = parseIp(text);
  // Validation reports what is no address.
  if (!ip) return;
  const fail = (why: string) => refuse(name, "spec.clusterIPs", spec.clusterIPs, `failed to allocate IP ${text}: ${why}`);
  const around = readyRanges(ctx.tx, ctx.cluster).filter((range) => cidrContains(range, ip));
  if (around.length === 0) fail("the provided network does not match the current range");
  if (!around.some((range) => isUsable(range, ip))) fail(`the provided IP (${text}) is not in the valid range. The range of valid IPs is ${formatCidr(around[0]!)}`);
  if (isTaken(ip, ctx)) fail("provided IP is already allocated");
}

function isUsable(range: IpBlock, ip: IpAddress): boolean {
  const place = ip.value - network(range).value;
  return place >= 1n && place <= BigInt(usableSize(range));
}

function isTaken(ip: IpAddress, { tx, kind }: WriteContext): boolean {
  const name = formatIp(ip);
  if (tx.get(ipAddress, undefined, name)) return true;
  return ["spec.clusterIP", "secondaryClusterIP"].some((path) => tx.list(kind, { field: { path, value: name } }).length > 0);
}

/** Of an address range's size, for asking; at least 16 and at most 256. */
const RESERVED_STEP = 16;
const RESERVED_MAX = 256;

function findFree(family: string, ctx: WriteContext): string {
  for (const range of readyRanges(ctx.tx, ctx.cluster)) {
    if (range.address.family !== (family === "IPv6" ? 6 : 4)) continue;
    const first = network(range).value + 1n;
    const bands = { size: usableSize(range), reserved: reservedOf(2 ** (bits(range.address) - range.prefix), RESERVED_STEP, RESERVED_MAX) };
    for (const offset of dynamicFirst(bands, () => ctx.tx.random())) {
      const ip = { ...range.address, value: first + BigInt(offset) };
      if (!isTaken(ip, ctx)) return formatIp(ip);
    }
  }
  throw internalError("failed to allocate a serviceIP: range is full");
}
