import { badRequest, serviceUnavailable } from "../../../lib/errors.ts";
import type { ReadContext, Subresource } from "../../kind.ts";
import type { Service } from "../../types/core-v1.generated.ts";
import type { EndpointSlice } from "../../types/discovery-v1.generated.ts";
import { splitSchemeNamePort } from "../proxy-name.ts";

/** HTTP to one of the service's ready pods, through the node of that pod. */
export const serviceProxy: Subresource<Service> = {
  type: "connect",
  verbs: ["get", "create", "update", "patch", "delete"],
  methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
  objectName: (segment) => splitSchemeNamePort(segment)?.name ?? segment,
  connect(obj, _query, ctx) {
    const wanted = splitSchemeNamePort(ctx.name ?? obj.metadata.name!);
    if (!wanted) throw badRequest(`invalid service request "${ctx.name}"`);
    const target = findEndpoint(obj, portName(obj, wanted.port), ctx);
    if (!target) throw serviceUnavailable(`no endpoints available for service "${ctx.name ?? obj.metadata.name}"`);
    return { node: target.node, tls: wanted.scheme === "https", open: { type: "dial-address", host: target.host, port: target.port } };
  },
};

/** Endpoints know ports by name; a number is one of the service's. Empty is the unnamed port. */
function portName(obj: Service, wanted: string): string {
  if (!/^\d+$/.test(wanted)) return wanted;
  const port = obj.spec?.ports?.find((p) => p.port === Number(wanted));
  if (!port) throw serviceUnavailable(`no service port ${wanted} found for service "${obj.metadata.name}"`);
  return port.name ?? "";
}

function findEndpoint(obj: Service, port: string, { reader }: ReadContext): { node: string; host: string; port: number } | undefined {
  const kind = reader.kindFor("discovery.k8s.io", "endpointslices");
  if (!kind) return undefined;
  const slices = reader.list<EndpointSlice>(kind, { field: { path: "service", value: `${obj.metadata.namespace}/${obj.metadata.name}` } });
  for (const slice of slices) {
    const number = slice.ports?.find((p) => (p.name ?? "") === port)?.port;
    const endpoint = slice.endpoints?.find((e) => e.conditions?.ready !== false && e.nodeName && e.targetRef?.kind === "Pod");
    if (number && endpoint?.addresses[0]) return { node: endpoint.nodeName!, host: endpoint.addresses[0], port: number };
  }
  return undefined;
}
