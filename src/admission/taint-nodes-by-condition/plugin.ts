import { node as nodeKind } from "../../kinds/core/node/kind.ts";
import type { Node } from "../../kinds/types/core-v1.generated.ts";
import type { AdmissionPlugin } from "../plugin.ts";

/** A new node is not ready until its agent says so: nothing is placed there before. */
const NOT_READY = "node.kubernetes.io/not-ready";

export const taintNodesByCondition: AdmissionPlugin = {
  name: "TaintNodesByCondition",
  handles: ({ operation, kind, subresource }) => kind === nodeKind && operation === "CREATE" && subresource === undefined,
  mutate({ object }) {
    const node = object as Node;
    const taints = node.spec?.taints ?? [];
    if (taints.some((t) => t.key === NOT_READY && t.effect === "NoSchedule")) return;
    node.spec = { ...node.spec, taints: [...taints, { key: NOT_READY, effect: "NoSchedule" }] };
  },
};
