import { badRequest } from "../../../lib/errors.ts";
import type { Subresource } from "../../kind.ts";
import type { Node } from "../../types/core-v1.generated.ts";
import { proxyAddress, proxyPort } from "../proxy-address.ts";
import { splitSchemeNamePort } from "../proxy-name.ts";

const KUBELET_PORT = "10250";

/** The kubelet's own HTTP endpoint (stats, metrics, pods, logs, healthz), answered by the agent; or another port of the node. */
export const nodeProxy: Subresource<Node> = {
  type: "connect",
  verbs: ["get", "create", "update", "patch", "delete"],
  objectName: (segment) => splitSchemeNamePort(segment)?.name ?? segment,
  methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
  connect(obj, query, { path, method, name }) {
    const node = obj.metadata.name!;
    const wanted = splitSchemeNamePort(name ?? node);
    if (!wanted) throw badRequest(`invalid node request "${name}"`);
    if (wanted.port !== "" && wanted.port !== KUBELET_PORT) {
      const host = proxyAddress(obj.status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "");
      return { node, open: { type: "dial-address", host, port: proxyPort(wanted.port, `invalid node request "${name}"`), ...(wanted.scheme === "https" && { tls: true }) } };
    }
    const text = query.toString();
    return { node, open: { type: "node-http", method, path: `/${path.replace(/^\//, "")}${text && `?${text}`}` } };
  },
};
