/** core/v1 Node: a machine with an agent. Its status may be set at creation, since the agent registers itself in one write. */
import type { Kind } from "../../kind.ts";
import type { Node } from "../../types/core-v1.generated.ts";
import { cidrWarnings } from "../../values/ip.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import { columns } from "./columns.ts";
import { defaultNode } from "./defaults.ts";
import { example } from "./example.ts";
import { nodeProxy } from "./proxy.ts";
import { validateNode, validateNodeUpdate } from "./validate.ts";

export const node: Kind<Node> = {
  group: "", kind: "Node", resource: "nodes", singular: "node", shortNames: ["no"],
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.core.v1.Node" }],
  strategy: {
    hasGeneration: false,
    defaults: defaultNode,
    // Dynamic kubelet configuration is gone.
    prepareForCreate(obj) { delete obj.spec?.configSource; },
    prepareForUpdate: (obj, old) => restore(obj, old, "status"),
    validate: validateNode,
    validateUpdate: validateNodeUpdate,
    warnings: ({ spec }) => [
      ...(spec?.externalID ? ["spec.externalID: this field is deprecated, and is unused by Kubernetes"] : []),
      ...(spec?.podCIDRs ?? []).flatMap((cidr, i) => cidrWarnings(`spec.podCIDRs[${i}]`, cidr)),
    ],
  },
  subresources: {
    status: statusSubresource({ validateUpdate: validateNodeUpdate }),
    proxy: nodeProxy,
  },
  columns,
  selectableFields: { "spec.unschedulable": (obj) => String(obj.spec?.unschedulable ?? false) },
  example,
};
