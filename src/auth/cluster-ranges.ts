import type { ClusterParameters } from "../api/cluster-stub.ts";
import type { ClusterFacts } from "../kinds/kind.ts";
import { bits, type IpBlock, isCidr, parseCidr } from "../kinds/values/ip.ts";

/** Ranges that a cluster is made with, as kube-apiserver's flags of these names take them. Both throw an Error for the user. */

/** Cluster DNS has the tenth address. */
const RANGE_ADDRESSES_MIN = 16;

/**
 * `--service-cluster-ip-range`: one range of Services' addresses, or one of each family, separated by a comma. The first one is IPv4: it is what nodes'
 * networks know.
 */
export function parseServiceRanges(text: string): ClusterFacts["serviceCidrs"] {
  const ranges = text.split(",").map((part) => part.trim());
  const blocks = ranges.map((range): IpBlock => {
    const errors = isCidr(range);
    if (errors.length > 0) throw new Error(`${JSON.stringify(range)} ${errors.join(", ")}`);
    return parseCidr(range)!;
  });
  const [first, second] = blocks.map(({ address }) => address.family);
  if (ranges.length > 2) throw new Error("at most two ranges, one for each IP family");
  if (first !== 4) throw new Error("the first range must be IPv4");
  if (second === 4) throw new Error("the second range must be IPv6");
  const small = blocks.findIndex(({ address, prefix }) => 2 ** (bits(address) - prefix) < RANGE_ADDRESSES_MIN);
  if (small >= 0) throw new Error(`${ranges[small]} must have at least ${RANGE_ADDRESSES_MIN} addresses`);
  return ranges as [string, ...string[]];
}

/** `--service-node-port-range`: `30000-32767`, or `30000+2767`. */
export function parseNodePortRange(text: string): NonNullable<ClusterParameters["nodePortRange"]> {
  const [, low, separator, second] = /^(\d{1,5})([-+])(\d{1,5})$/.exec(text.trim()) ?? [];
  if (low === undefined) throw new Error(`${JSON.stringify(text)} is not two ports such as 30000-32767`);
  const range = [Number(low), separator === "+" ? Number(low) + Number(second) : Number(second)] as const;
  if (range[0] < 1 || range[1] > 65_535 || range[0] > range[1]) throw new Error(`${JSON.stringify(text)} must be ports from 1 to 65535, the smaller one first`);
  return range;
}
