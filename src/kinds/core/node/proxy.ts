import type { Subresource } from "../../kind.ts";
import type { Node } from "../../types/core-v1.generated.ts";
import { splitSchemeNamePort } from "../proxy-name.ts";

/** The kubelet's own HTTP endpoint (stats, metrics, pods, healthz), answered by the agent. */
export const nodeProxy: Subresource<Node> = {
  type: "connect",
  verbs: ["get", "create", "update", "patch", "delete"],
  objectName: (segment) => splitSchemeNamePort(segment)?.name ?? segment,
  methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
  options: "io.k8s.api.core.v1.NodeProxyOptions",
  connect(obj, query, { path, method }) {
    const text = query.toString();
    return {
      node: obj.metadata.name!,
      open: { type: "node-http", method, path: `/${path.replace(/^\//, "")}${text && `?${text}`}` },
    };
  },
};
