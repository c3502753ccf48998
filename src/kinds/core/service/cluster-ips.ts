import { internalError } from "../../../lib/errors.ts";
import type { WriteContext } from "../../kind.ts";
import type { ServiceSpec } from "../../types/core-v1.generated.ts";
import { bits, cidrContains, formatIp, type IpBlock, network, parseCidr, parseIp } from "../../values/ip.ts";
import { refuse } from "./refuse.ts";

/**
 * Gives the service an address of the cluster's range, or claims the one that it asks for. Dynamic addresses come from the
 * upper part of the range as long as there are some, so that well-known ones can be asked for (KEP-3070).
 */
export function allocateClusterIp(spec: ServiceSpec, name: string, ctx: WriteContext): void {
  if (spec.clusterIP) return claim(spec, name, ctx);
  spec.clusterIP = findFree(rangeOf(ctx), ctx);
  spec.clusterIPs = [spec.clusterIP];
}

export function rangeOf(ctx: WriteContext): IpBlock {
  const range = parseCidr(ctx.cluster.serviceCidr);
  if (!range) throw internalError(`bad service CIDR ${ctx.cluster.serviceCidr}`);
  return range;
}

function claim(spec: ServiceSpec, name: string, ctx: WriteContext): void {
  const ip = parseIp(spec.clusterIP!);
  // Validation reports what is no address.
  if (!ip) return;
  const fail = (why: string) => refuse(name, "spec.clusterIPs", spec.clusterIPs, `failed to allocate IP ${spec.clusterIP}: ${why}`);
  if (!cidrContains(rangeOf(ctx), ip)) fail("the provided network does not match the current range");
  if (isTaken(spec.clusterIP!, ctx)) fail("provided IP is already allocated");
}

const isTaken = (ip: string, { tx, kind }: WriteContext): boolean =>
  tx.list(kind, { field: { path: "spec.clusterIP", value: ip } }).length > 0;

/** How many random tries before the range is walked. */
const TRIES = 16;
/** Of larger ranges only so many addresses are used, as upstream does with IPv6. */
const SIZE_MAX = 65_536;

function findFree(range: IpBlock, ctx: WriteContext): string {
  const base = network(range).value;
  const size = Math.min(SIZE_MAX, 2 ** (bits(range.address) - range.prefix));
  // Without the network's own address, and for IPv4 the broadcast address.
  const last = size - (range.address.family === 4 ? 2 : 1);
  const reserved = Math.min(Math.max(16, Math.floor(size / 16)), 256);
  for (const offset of candidates(reserved, last, () => ctx.tx.random())) {
    const ip = formatIp({ ...range.address, value: base + BigInt(offset) });
    if (!isTaken(ip, ctx)) return ip;
  }
  throw internalError("failed to allocate a serviceIP: range is full");
}

/** Offsets to try: some at random from the upper part, then that part in order, then the lower part. */
function* candidates(reserved: number, last: number, random: () => number): Iterable<number> {
  const width = last - reserved + 1;
  if (width > 0) for (let i = 0; i < TRIES; i++) yield reserved + Math.floor(random() * width);
  for (let offset = reserved; offset <= last; offset++) yield offset;
  for (let offset = 1; offset <= Math.min(reserved - 1, last); offset++) yield offset;
}
