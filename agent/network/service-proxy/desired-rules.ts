import type { Service, ServicePort } from "../../../src/kinds/types/core-v1.generated.ts";
import type { Endpoint, EndpointSlice } from "../../../src/kinds/types/discovery-v1.generated.ts";

/**
 * What the table should contain for the services of a cluster, seen from one node. Connections are chosen by verdict maps to
 * a chain per number of endpoints (`lb-3`), which picks an index and translates by a map: adding a service or an endpoint adds
 * elements and no rules, so updates stay small at thousands of services.
 */
export interface DesiredRules {
  /** Elements of each map (key → value) and set (key → ""). */
  elements: Record<ElementMap, Map<string, string>>;
  /** Chains that the verdicts lead to, with their rules. */
  chains: Map<string, readonly string[]>;
  /** UDP endpoints, `address.port>endpoint`, whose conntrack entries must go when they do. */
  udp: Set<string>;
}

export const ELEMENT_MAPS = ["services", "endpoints", "choices", "node-ports", "node-port-endpoints", "node-port-choices", "refused", "refused-node-ports", "dropped", "hairpin", "host-ports", "host-ports-anywhere"] as const;
export type ElementMap = (typeof ELEMENT_MAPS)[number];

/** Marks connections that came from outside and must be masqueraded so that the answers come back through this node. */
export const MASQUERADE_MARK = "0x4000";

/** A container's `hostPort`, for a pod of this node. `address` empty: on every address of the node. */
export interface HostPortMapping { address: string; protocol: string; port: number; podAddress: string; containerPort: number }

interface Backend { id: number; address: string; port: number; local: boolean }

export function desiredRules(services: Iterable<Service>, slices: Iterable<EndpointSlice>, nodeName: string, ownAddresses: ReadonlySet<string> = new Set(), hostPorts: Iterable<HostPortMapping> = []): DesiredRules {
  const rules: DesiredRules = { elements: Object.fromEntries(ELEMENT_MAPS.map((name) => [name, new Map()])) as DesiredRules["elements"], chains: new Map(), udp: new Set() };
  const byService = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const key = `${slice.metadata.namespace}/${slice.metadata.labels?.["kubernetes.io/service-name"]}`;
    byService.set(key, [...(byService.get(key) ?? []), slice]);
  }
  for (const mapping of hostPorts) addHostPort(rules, mapping);
  for (const service of services) {
    const clusterIp = ipv4ClusterIp(service);
    if (clusterIp === undefined || ownAddresses.has(clusterIp)) continue;
    for (const port of service.spec?.ports ?? []) addPort(rules, service, clusterIp, port, backends(byService.get(`${service.metadata.namespace}/${service.metadata.name}`) ?? [], port, nodeName));
  }
  return rules;
}

function addHostPort({ elements }: DesiredRules, { address, protocol, port, podAddress, containerPort }: HostPortMapping): void {
  const key = `${protocol.toLowerCase()} . ${port}`;
  const target = `${podAddress} . ${containerPort}`;
  if (address && address !== "0.0.0.0") elements["host-ports"].set(`${address} . ${key}`, target);
  else elements["host-ports-anywhere"].set(key, target);
  elements.hairpin.set(`${podAddress} . ${podAddress}`, "");
}

/** Of a service with addresses of both families; nodes' networks are IPv4. */
function ipv4ClusterIp({ spec }: Service): string | undefined {
  if (spec?.type === "ExternalName") return undefined;
  return (spec?.clusterIPs ?? [spec?.clusterIP ?? ""]).find(isIpv4);
}

const isIpv4 = (address: string): boolean => address !== "" && address !== "None" && !address.includes(":");

function addPort(rules: DesiredRules, service: Service, clusterIp: string, port: ServicePort, all: Backend[]): void {
  const protocol = (port.protocol ?? "TCP").toLowerCase();
  const { elements } = rules;
  const inner = service.spec?.internalTrafficPolicy === "Local" ? all.filter((backend) => backend.local) : all;
  const outer = service.spec?.externalTrafficPolicy === "Local" ? all.filter((backend) => backend.local) : all;
  const affinity = service.spec?.sessionAffinity === "ClientIP" ? (service.spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) : undefined;
  for (const backend of all) elements.hairpin.set(`${backend.address} . ${backend.address}`, "");
  const addresses = [clusterIp, ...(service.spec!.externalIPs ?? []), ...(service.status?.loadBalancer?.ingress ?? []).flatMap((ingress) => ingress.ip ?? [])].filter(isIpv4);
  addresses.forEach((address, i) => {
    const key = `${address} . ${protocol} . ${port.port}`;
    const chosen = i === 0 ? inner : outer;
    if (chosen.length === 0) elements[all.length === 0 ? "refused" : "dropped"].set(key, "");
    else {
      elements.services.set(key, `goto ${chain(rules, "", chosen.length, affinity, false)}`);
      addBackends(elements.endpoints, elements.choices, key, chosen, affinity !== undefined);
    }
    if (protocol === "udp") for (const backend of chosen) rules.udp.add(`${address}.${port.port}>${backend.address}`);
  });
  if (!port.nodePort) return;
  const key = `${protocol} . ${port.nodePort}`;
  if (outer.length === 0) {
    if (all.length === 0) elements["refused-node-ports"].set(key, "");
    return;
  }
  elements["node-ports"].set(key, `goto ${chain(rules, "np-", outer.length, affinity, service.spec?.externalTrafficPolicy !== "Local")}`);
  addBackends(elements["node-port-endpoints"], elements["node-port-choices"], key, outer, affinity !== undefined);
}

/** With affinity a client's endpoint is remembered by its id, which does not move when others come and go. */
function addBackends(endpoints: Map<string, string>, choices: Map<string, string>, key: string, backends: readonly Backend[], affinity: boolean): void {
  backends.forEach((backend, index) => {
    endpoints.set(`${key} . ${affinity ? backend.id : index}`, `${backend.address} . ${backend.port}`);
    if (affinity) choices.set(`${key} . ${index}`, String(backend.id));
  });
}

/** Name of the chain that spreads over so many endpoints; its rules are noted on the way. */
function chain(rules: DesiredRules, prefix: "" | "np-", count: number, affinitySeconds: number | undefined, masquerade: boolean): string {
  const name = `${prefix}lb-${count}${affinitySeconds === undefined ? "" : `-sticky-${affinitySeconds}`}${prefix && !masquerade ? "-local" : ""}`;
  if (rules.chains.has(name)) return name;
  const key = prefix ? "meta l4proto . th dport" : "ip daddr . meta l4proto . th dport";
  const [endpoints, choices] = prefix ? ["node-port-endpoints", "node-port-choices"] : ["endpoints", "choices"];
  const affinity = prefix ? "node-port-affinity" : "affinity";
  const translate = `dnat ip to ${key} . meta mark map @${endpoints}`;
  const pick = count === 1 ? "meta mark set 0" : `meta mark set numgen random mod ${count}`;
  rules.chains.set(name, [
    ...(masquerade ? [`ct mark set ${MASQUERADE_MARK}`] : []),
    ...(affinitySeconds === undefined ? [pick, translate] : [
      `meta mark set ip saddr . ${key} map @${affinity}`,
      `meta mark != 0 update @${affinity} { ip saddr . ${key} timeout ${affinitySeconds}s : meta mark }`,
      `meta mark != 0 ${translate}`,
      pick,
      `meta mark set ${key} . meta mark map @${choices}`,
      `update @${affinity} { ip saddr . ${key} timeout ${affinitySeconds}s : meta mark }`,
      translate,
    ]),
  ]);
  return name;
}

/** Ready endpoints; only if there is none, those that still serve while they terminate (upstream's fallback). */
function backends(slices: readonly EndpointSlice[], port: ServicePort, nodeName: string): Backend[] {
  const candidates = slices.filter((slice) => slice.addressType === "IPv4").flatMap((slice) => {
    const number = slice.ports?.find((candidate) => (candidate.name ?? "") === (port.name ?? "") && (candidate.protocol ?? "TCP") === (port.protocol ?? "TCP"))?.port;
    return number === undefined ? [] : (slice.endpoints ?? []).map((endpoint) => ({ endpoint, number }));
  });
  const ready = candidates.filter(({ endpoint }) => endpoint.conditions?.ready !== false);
  const usable = ready.length > 0 ? ready : candidates.filter(({ endpoint }) => endpoint.conditions?.serving && endpoint.conditions.terminating);
  const unique = new Map(usable.map(({ endpoint, number }) => [`${endpoint.addresses[0]}:${number}`, toBackend(endpoint, number, nodeName)]));
  return [...unique.values()].sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : a.port - b.port));
}

function toBackend(endpoint: Endpoint, port: number, nodeName: string): Backend {
  const address = endpoint.addresses[0]!;
  return { id: stableId(`${address}:${port}`), address, port, local: endpoint.nodeName === nodeName };
}

/** FNV-1a in 31 bits, never 0, which means "no choice yet". */
function stableId(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return (hash & 0x7fffffff) || 1;
}
