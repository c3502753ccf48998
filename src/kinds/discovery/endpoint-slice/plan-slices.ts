import { deepEqual } from "../../../lib/deep-equal.ts";
import type { Backend, BackendPort } from "../../core/service/backends.ts";
import type { Endpoint, EndpointPort, EndpointSlice } from "../../types/discovery-v1.generated.ts";

const ENDPOINTS_PER_SLICE_MAX = 100;

export interface PlannedSlice {
  /** Absent: to be created. */
  existing?: EndpointSlice;
  endpoints: Endpoint[];
  ports: EndpointPort[];
}

/**
 * Backends with the same ports share slices. An endpoint stays in its slice; new ones fill slices that must be written
 * anyway or that have room, then new slices. A service without backends keeps one empty slice, as upstream does.
 */
export function planSlices(existing: readonly EndpointSlice[], backends: readonly Backend[], zoneOf: (node: string) => string | undefined): { write: PlannedSlice[]; remove: EndpointSlice[] } {
  const groups = new Map<string, { ports: EndpointPort[]; endpoints: Map<string, Endpoint> }>();
  for (const backend of backends) {
    const ports = slicePorts(backend.ports);
    const key = JSON.stringify(ports);
    if (!groups.has(key)) groups.set(key, { ports, endpoints: new Map() });
    groups.get(key)!.endpoints.set(backend.pod.metadata.uid!, endpointOf(backend, zoneOf));
  }
  if (groups.size === 0) return planEmpty(existing);
  const write: PlannedSlice[] = [];
  const remove = existing.filter((slice) => !groups.has(JSON.stringify(slicePorts(slice.ports ?? []))));
  for (const [key, group] of groups) {
    const slices = existing.filter((slice) => JSON.stringify(slicePorts(slice.ports ?? [])) === key);
    const plan = planGroup(slices, group);
    write.push(...plan.write);
    remove.push(...plan.remove);
  }
  return { write, remove };
}

function planEmpty(existing: readonly EndpointSlice[]): { write: PlannedSlice[]; remove: EndpointSlice[] } {
  const [first, ...rest] = existing;
  if (first && (first.endpoints?.length ?? 0) === 0) return { write: [], remove: rest };
  return { write: [{ existing: first, endpoints: [], ports: [] }], remove: rest };
}

function planGroup(slices: readonly EndpointSlice[], group: { ports: EndpointPort[]; endpoints: Map<string, Endpoint> }): { write: PlannedSlice[]; remove: EndpointSlice[] } {
  const unplaced = new Map(group.endpoints);
  const kept = slices.map((existing) => {
    const endpoints = (existing.endpoints ?? []).flatMap((endpoint) => {
      const uid = endpoint.targetRef?.uid ?? "";
      const wanted = unplaced.get(uid);
      unplaced.delete(uid);
      return wanted ? [wanted] : [];
    });
    return { existing, endpoints, changed: !deepEqual(endpoints, existing.endpoints ?? []) };
  });
  const write: PlannedSlice[] = [];
  const waiting = [...unplaced.values()];
  // Slices that are written anyway take newcomers first, then those with room.
  for (const slice of [...kept].sort((a, b) => Number(b.changed) - Number(a.changed))) {
    const room = ENDPOINTS_PER_SLICE_MAX - slice.endpoints.length;
    const newcomers = waiting.splice(0, Math.max(0, room));
    if (newcomers.length > 0 || slice.changed) {
      const endpoints = [...slice.endpoints, ...newcomers];
      if (endpoints.length > 0) write.push({ existing: slice.existing, endpoints, ports: group.ports });
    }
    if (slice.endpoints.length + newcomers.length > 0) continue;
    slice.changed = true;
  }
  for (; waiting.length > 0;) write.push({ endpoints: waiting.splice(0, ENDPOINTS_PER_SLICE_MAX), ports: group.ports });
  const remove = kept.filter((slice) => slice.endpoints.length === 0 && !write.some((planned) => planned.existing === slice.existing)).map((slice) => slice.existing);
  return { write, remove };
}

function slicePorts(ports: readonly (BackendPort | EndpointPort)[]): EndpointPort[] {
  return ports.map(({ name, port, protocol, appProtocol }) => ({ name: name ?? "", port, protocol, ...(appProtocol && { appProtocol }) })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function endpointOf(backend: Backend, zoneOf: (node: string) => string | undefined): Endpoint {
  const { pod } = backend;
  const zone = pod.spec?.nodeName ? zoneOf(pod.spec.nodeName) : undefined;
  return {
    addresses: [backend.address],
    conditions: { ready: backend.ready, serving: backend.serving, terminating: backend.terminating },
    ...(backend.hostname && { hostname: backend.hostname }),
    targetRef: { kind: "Pod", namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid },
    ...(pod.spec?.nodeName && { nodeName: pod.spec.nodeName }),
    ...(zone && { zone }),
  };
}
