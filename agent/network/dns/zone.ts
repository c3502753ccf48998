import type { Service } from "../../../src/kinds/types/core-v1.generated.ts";
import type { Endpoint, EndpointPort, EndpointSlice } from "../../../src/kinds/types/discovery-v1.generated.ts";

/** The records of a name: what a resolver would be told. `undefined` from `Zone.resolve` means that the zone has no such name. */
export type ZoneRecord =
  | { type: "A"; name: string; address: string }
  | { type: "CNAME"; name: string; target: string }
  | { type: "SRV"; name: string; target: string; port: number }
  | { type: "PTR"; name: string; target: string }
  | { type: "TXT"; name: string; text: string };

/** A service's endpoint with its own name below the service. */
interface NamedEndpoint { label: string; address: string; ports: readonly EndpointPort[] }

/**
 * The names of a cluster as the Kubernetes DNS specification 1.1.0 gives them: services, headless services and their
 * endpoints, SRV records of ports, pods by their address, and the way back from addresses.
 */
export class Zone {
  readonly domain: string;
  readonly #services = new Map<string, Service>();
  readonly #slices = new Map<string, EndpointSlice[]>();
  readonly #namespaces = new Set<string>();
  readonly #addresses = new Map<string, string>();

  constructor(domain: string, services: Iterable<Service>, slices: Iterable<EndpointSlice>) {
    this.domain = domain;
    for (const slice of slices) {
      if (slice.addressType !== "IPv4") continue;
      const key = `${slice.metadata.namespace}/${slice.metadata.labels?.["kubernetes.io/service-name"]}`;
      this.#slices.set(key, [...(this.#slices.get(key) ?? []), slice]);
    }
    for (const service of services) {
      const key = `${service.metadata.namespace}/${service.metadata.name}`;
      this.#services.set(key, service);
      this.#namespaces.add(service.metadata.namespace!);
      const base = this.#nameOf(service);
      if (isHeadless(service)) for (const endpoint of this.#endpoints(service)) this.#addresses.set(endpoint.address, `${endpoint.label}.${base}`);
      else for (const address of clusterAddresses(service)) this.#addresses.set(address, base);
    }
  }

  /** `name` in lower case without the last dot. Undefined: not this zone's, or no such name in it (`covers` tells). */
  resolve(name: string): ZoneRecord[] | undefined {
    if (name.endsWith(".in-addr.arpa")) return this.#reverse(name);
    if (name === this.domain) return [];
    if (name === `dns-version.${this.domain}`) return [{ type: "TXT", name, text: "1.1.0" }];
    const labels = name.slice(0, -this.domain.length - 1).split(".");
    const branch = labels.pop();
    if (branch === "svc") return this.#service(name, labels);
    if (branch === "pod") return this.#pod(name, labels);
    return undefined;
  }

  covers(name: string): boolean {
    if (name === this.domain || name.endsWith(`.${this.domain}`)) return true;
    return name.endsWith(".in-addr.arpa") && this.#reverse(name) !== undefined;
  }

  #service(name: string, labels: readonly string[]): ZoneRecord[] | undefined {
    if (labels.length === 0) return [];
    if (labels.length === 1) return this.#namespaces.has(labels[0]!) ? [] : undefined;
    const service = this.#services.get(`${labels.at(-1)}/${labels.at(-2)}`);
    if (!service) return undefined;
    const below = labels.slice(0, -2);
    if (service.spec?.type === "ExternalName") return below.length === 0 ? [{ type: "CNAME", name, target: service.spec.externalName! }] : undefined;
    if (below.length === 0) return this.#addressRecords(name, service);
    if (below.length === 1 && below[0]!.startsWith("_")) return [];
    if (below.length === 1) return this.#endpointRecords(name, service, below[0]!);
    if (below.length === 2) return this.#portRecords(name, service, below[0]!, below[1]!);
    return undefined;
  }

  #addressRecords(name: string, service: Service): ZoneRecord[] | undefined {
    if (!isHeadless(service)) return [...clusterAddresses(service).map((address): ZoneRecord => ({ type: "A", name, address })), ...this.#allPorts(name, service)];
    const addresses = new Set(this.#endpoints(service).map((endpoint) => endpoint.address));
    // A headless service without a ready endpoint is a name without answers rather than no name... but CoreDNS says NXDOMAIN.
    if (addresses.size === 0) return undefined;
    return [...[...addresses].map((address): ZoneRecord => ({ type: "A", name, address })), ...this.#allPorts(name, service)];
  }

  #endpointRecords(name: string, service: Service, label: string): ZoneRecord[] | undefined {
    if (!isHeadless(service)) return undefined;
    const found = this.#endpoints(service).filter((endpoint) => endpoint.label === label);
    return found.length === 0 ? undefined : found.map(({ address }) => ({ type: "A", name, address }));
  }

  #portRecords(name: string, service: Service, port: string, protocol: string): ZoneRecord[] | undefined {
    const records = this.#srv(name, service, (candidate) => `_${candidate.name}` === port && `_${(candidate.protocol ?? "TCP").toLowerCase()}` === protocol);
    return records.length === 0 ? undefined : records;
  }

  /** SRV asked at the service's own name lists every port. */
  #allPorts(name: string, service: Service): ZoneRecord[] { return this.#srv(name, service, () => true); }

  #srv(name: string, service: Service, wanted: (port: { name?: string; protocol?: string }) => boolean): ZoneRecord[] {
    const base = this.#nameOf(service);
    if (!isHeadless(service)) return (service.spec?.ports ?? []).filter(wanted).map((port) => ({ type: "SRV", name, target: base, port: port.port }));
    return this.#endpoints(service).flatMap((endpoint) => endpoint.ports.filter(wanted).map((port): ZoneRecord => ({ type: "SRV", name, target: `${endpoint.label}.${base}`, port: port.port! })));
  }

  #pod(name: string, labels: readonly string[]): ZoneRecord[] | undefined {
    if (labels.length < 2) return [];
    const address = labels[0]!.replaceAll("-", ".");
    return labels.length === 2 && isIpv4(address) ? [{ type: "A", name, address }] : undefined;
  }

  #reverse(name: string): ZoneRecord[] | undefined {
    const address = name.slice(0, -".in-addr.arpa".length).split(".").reverse().join(".");
    const target = this.#addresses.get(address);
    return target === undefined ? undefined : [{ type: "PTR", name, target }];
  }

  #endpoints(service: Service): NamedEndpoint[] {
    const slices = this.#slices.get(`${service.metadata.namespace}/${service.metadata.name}`) ?? [];
    return slices.flatMap((slice) => (slice.endpoints ?? []).filter((endpoint) => isPublished(endpoint, service)).flatMap((endpoint) =>
      endpoint.addresses.map((address) => ({ label: endpoint.hostname || address.replaceAll(".", "-"), address, ports: slice.ports ?? [] }))));
  }

  #nameOf(service: Service): string { return `${service.metadata.name}.${service.metadata.namespace}.svc.${this.domain}`; }
}

/** IPv4 alone, as the nodes' networks are. */
const clusterAddresses = ({ spec }: Service): string[] => (spec?.clusterIPs ?? (spec?.clusterIP ? [spec.clusterIP] : [])).filter((address) => address !== "None" && !address.includes(":"));

const isHeadless = (service: Service): boolean => service.spec?.clusterIP === "None";
const isPublished = (endpoint: Endpoint, service: Service): boolean => endpoint.conditions?.ready !== false || Boolean(service.spec?.publishNotReadyAddresses);
const isIpv4 = (text: string): boolean => /^(\d{1,3}\.){3}\d{1,3}$/.test(text) && text.split(".").every((octet) => Number(octet) <= 255);
