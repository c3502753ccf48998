import type { EndpointAddress, EndpointPort, EndpointSubset } from "../../types/core-v1.generated.ts";
import type { Backend } from "../service/backends.ts";

const ADDRESSES_MAX = 1_000;

/** Addresses with the same ports share a subset; everything is sorted, so that the same backends give the same text. */
export function planSubsets(backends: readonly Backend[], headless: boolean): { subsets: EndpointSubset[]; truncated: boolean } {
  const eligible = backends.filter((backend) => (backend.ports.length > 0 || headless) && (!backend.terminating || backend.ready));
  const kept = truncate(eligible);
  const groups = new Map<string, { ports: EndpointPort[]; ready: EndpointAddress[]; notReady: EndpointAddress[] }>();
  for (const backend of kept) {
    const ports = sortedPorts(backend);
    const key = JSON.stringify(ports);
    if (!groups.has(key)) groups.set(key, { ports, ready: [], notReady: [] });
    groups.get(key)![backend.ready ? "ready" : "notReady"].push(addressOf(backend));
  }
  const subsets = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => ({
    ...(group.ready.length > 0 && { addresses: sortedAddresses(group.ready) }),
    ...(group.notReady.length > 0 && { notReadyAddresses: sortedAddresses(group.notReady) }),
    ...(group.ports.length > 0 && { ports: group.ports }),
  }));
  return { subsets, truncated: kept.length < eligible.length };
}

function truncate(backends: readonly Backend[]): readonly Backend[] {
  if (backends.length <= ADDRESSES_MAX) return backends;
  return [...backends].sort((a, b) => Number(b.ready) - Number(a.ready)).slice(0, ADDRESSES_MAX);
}

function addressOf({ pod, address, hostname }: Backend): EndpointAddress {
  return {
    ip: address,
    ...(hostname && { hostname }),
    ...(pod.spec?.nodeName && { nodeName: pod.spec.nodeName }),
    targetRef: { kind: "Pod", namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid },
  };
}

function sortedPorts(backend: Backend): EndpointPort[] {
  return backend.ports.map(({ name, port, protocol, appProtocol }) => ({ ...(name && { name }), port, protocol, ...(appProtocol && { appProtocol }) }))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

const sortedAddresses = (addresses: EndpointAddress[]): EndpointAddress[] => addresses.sort((a, b) => (`${a.ip} ${a.targetRef?.uid}` < `${b.ip} ${b.targetRef?.uid}` ? -1 : 1));
