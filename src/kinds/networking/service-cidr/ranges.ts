import type { ClusterFacts } from "../../kind.ts";
import type { Reader } from "../../transaction.ts";
import type { ServiceCIDR } from "../../types/networking-v1.generated.ts";
import { bits, cidrContains, type IpAddress, type IpBlock, network, parseCidr } from "../../values/ip.ts";
import { DEFAULT_SERVICE_CIDR } from "./default-range.ts";
import { serviceCidr } from "./kind.ts";

/** As condition: nobody said otherwise yet means ready, so that the first Services need no controller. */
const isReady = ({ status }: ServiceCIDR): boolean => (status?.conditions?.find((condition) => condition.type === "Ready")?.status ?? "True") === "True";

/** Wider ones give none, as upstream. */
const IPV6_PREFIX_MIN = 64;

/** Ranges that give addresses: the cluster's own first, which are there even while their ServiceCIDR is not. */
export function readyRanges(reader: Reader, cluster: ClusterFacts): IpBlock[] {
  const all = reader.list<ServiceCIDR>(serviceCidr);
  const own = all.find((range) => range.metadata.name === DEFAULT_SERVICE_CIDR);
  const others = all.filter((range) => range !== own);
  const given = [...(own ? [own] : []), ...others].filter((range) => isReady(range) && !range.metadata.deletionTimestamp);
  return [...(own ? [] : blocksOf(cluster.serviceCidrs)), ...given.flatMap((range) => blocksOf(range.spec?.cidrs))].filter(({ address, prefix }) => address.family === 4 || prefix >= IPV6_PREFIX_MIN);
}

/** Those that hold this address, whether they still give some or not. */
export const rangesAround = (reader: Reader, ip: IpAddress): ServiceCIDR[] =>
  reader.list<ServiceCIDR>(serviceCidr).filter((range) => blocksOf(range.spec?.cidrs).some((block) => cidrContains(block, ip)));

export const blocksOf = (cidrs: readonly string[] = []): IpBlock[] => cidrs.flatMap((cidr) => parseCidr(cidr) ?? []);

export const blockContains = (outer: IpBlock, inner: IpBlock): boolean => outer.prefix <= inner.prefix && cidrContains(outer, network(inner));

/** How many addresses a block has for Services, from its second one on: IPv4's last one is for broadcasts. */
export function usableSize({ address, prefix }: IpBlock): number {
  const all = 2 ** (bits(address) - prefix);
  return Math.min(Math.max(0, all - (address.family === 4 ? 2 : 1)), Number.MAX_SAFE_INTEGER);
}
