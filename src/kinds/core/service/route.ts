/**
 * From a service and one of its port numbers to addresses that can be dialled, and the nodes to dial them from. It serves
 * the service proxy, webhooks and aggregation, and knows the ways of a service as upstream's resolvers do: ready endpoints, or
 * the host name of an ExternalName.
 */
import { notFound, serviceUnavailable } from "../../../lib/errors.ts";
import type { Reader } from "../../transaction.ts";
import type { Service } from "../../types/core-v1.generated.ts";
import type { Endpoint, EndpointSlice } from "../../types/discovery-v1.generated.ts";

/** `node` is where the address lives; absent where any node reaches it. */
export interface Hop { node?: string; host: string; port: number }

export interface ServiceReference { namespace: string; name: string; port: number }

/** At least one. Throws ApiError: no such service, port, or endpoints. */
export function routeToService(reader: Reader, { namespace, name, port }: ServiceReference): Hop[] {
  const obj = reader.get<Service>(reader.kindFor("", "services")!, namespace, name);
  // In the singular, as upstream's lister has it.
  if (!obj) throw notFound({ group: "", resource: "service", name });
  if (obj.spec?.type === "ExternalName") return [{ host: obj.spec.externalName!, port }];
  const found = endpointHops(reader, obj, portName(obj, port));
  if (found.length === 0) throw serviceUnavailable(`no endpoints available for service "${name}"`);
  return found;
}

/** Endpoints know ports by name; the unnamed port is "". */
export function portName(obj: Service, number: number): string {
  const port = obj.spec?.ports?.find((p) => p.port === number);
  if (!port) throw serviceUnavailable(`no service port ${number} found for service "${obj.metadata.name}"`);
  return port.name ?? "";
}

/** One per ready endpoint that `accept` takes. */
export function endpointHops(reader: Reader, { metadata }: Service, port: string, accept: (endpoint: Endpoint) => boolean = () => true): Hop[] {
  const kind = reader.kindFor("discovery.k8s.io", "endpointslices");
  if (!kind) return [];
  const slices = reader.list<EndpointSlice>(kind, { field: { path: "service", value: `${metadata.namespace}/${metadata.name}` } });
  return slices.flatMap((slice) => {
    const number = slice.ports?.find((p) => (p.name ?? "") === port)?.port;
    const ready = (slice.endpoints ?? []).filter((e) => e.conditions?.ready !== false && e.addresses[0] && accept(e));
    return number ? ready.map((e) => ({ ...(e.nodeName && { node: e.nodeName }), host: e.addresses[0]!, port: number })) : [];
  });
}
