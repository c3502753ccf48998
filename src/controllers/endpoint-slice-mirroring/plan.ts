import type { EndpointAddress, EndpointSubset } from "../../kinds/types/core-v1.generated.ts";
import type { Endpoint, EndpointPort } from "../../kinds/types/discovery-v1.generated.ts";
import { formatIp, parseIp } from "../../kinds/values/ip.ts";

export interface Mirrored { addressType: "IPv4" | "IPv6"; ports: EndpointPort[]; endpoints: Endpoint[] }

/** Upstream's --mirroring-max-endpoints-per-subset, which is also all that a slice holds. */
const ENDPOINTS_MAX = 1_000;

/** One slice for each family of addresses with the same ports. */
export function planMirror(subsets: readonly EndpointSubset[]): Mirrored[] {
  const slices = new Map<string, Mirrored>();
  for (const subset of subsets) {
    const ports: EndpointPort[] = (subset.ports ?? []).map(({ name, port, protocol, appProtocol }) => ({ name: name ?? "", port, protocol, ...(appProtocol && { appProtocol }) }));
    for (const [addresses, ready] of [[subset.addresses ?? [], true], [subset.notReadyAddresses ?? [], false]] as const) {
      for (const address of addresses) add(slices, ports, address, ready);
    }
  }
  return [...slices.values()];
}

export const portsKey = (addressType: string, ports: readonly EndpointPort[]): string =>
  JSON.stringify([addressType, ...ports.map(({ name, port, protocol, appProtocol }) => [name ?? "", port, protocol ?? "TCP", appProtocol ?? ""]).sort((a, b) => (String(a) < String(b) ? -1 : 1))]);

function add(slices: Map<string, Mirrored>, ports: EndpointPort[], address: EndpointAddress, ready: boolean): void {
  const ip = parseIp(address.ip ?? "");
  if (!ip) return;
  const addressType = ip.family === 6 ? "IPv6" : "IPv4";
  const key = portsKey(addressType, ports);
  const slice = slices.get(key) ?? { addressType, ports, endpoints: [] };
  slices.set(key, slice);
  if (slice.endpoints.length >= ENDPOINTS_MAX) return;
  slice.endpoints.push({
    addresses: [formatIp(ip)],
    conditions: { ready },
    ...(address.targetRef && { targetRef: address.targetRef }),
    ...(address.nodeName && { nodeName: address.nodeName }),
    ...(address.hostname && { hostname: address.hostname }),
  });
}
