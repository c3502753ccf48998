import { badRequest, serviceUnavailable } from "../../../lib/errors.ts";
import type { Subresource } from "../../kind.ts";
import type { Service } from "../../types/core-v1.generated.ts";
import { splitSchemeNamePort } from "../proxy-name.ts";
import { endpointHops, portName } from "./route.ts";

/** HTTP to one of the service's ready pods, through the node of that pod; each time another one, and rather one whose node is connected. */
export const serviceProxy: Subresource<Service> = {
  type: "connect",
  verbs: ["get", "create", "update", "patch", "delete"],
  methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
  options: "io.k8s.api.core.v1.ServiceProxyOptions",
  objectName: (segment) => splitSchemeNamePort(segment)?.name ?? segment,
  connect(obj, _query, { name, reader, cluster, nowMs }) {
    const wanted = splitSchemeNamePort(name ?? obj.metadata.name!);
    if (!wanted) throw badRequest(`invalid service request "${name}"`);
    const port = /^\d+$/.test(wanted.port) ? portName(obj, Number(wanted.port)) : wanted.port;
    // Only pods: an endpoint that somebody wrote could otherwise lead to anything that the node reaches.
    const hops = endpointHops(reader, obj, port, (e) => e.targetRef?.kind === "Pod" && !!e.nodeName);
    const connected = hops.filter(({ node }) => cluster.nodeHeartbeatMs(node!) !== undefined);
    const among = connected.length > 0 ? connected : hops;
    const hop = among[nowMs % among.length];
    if (!hop) throw serviceUnavailable(`no endpoints available for service "${name ?? obj.metadata.name}"`);
    return { node: hop.node!, open: { type: "dial-address", host: hop.host, port: hop.port, ...(wanted.scheme === "https" && { tls: true }) } };
  },
};
