import { node as nodeKind } from "../../kinds/core/node/kind.ts";
import { pod as podKind } from "../../kinds/core/pod/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import type { Reader } from "../../kinds/transaction.ts";
import type { Binding, Pod } from "../../kinds/types/core-v1.generated.ts";
import type { AdmissionPlugin } from "../plugin.ts";

const LABELS = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];

/** A pod learns zone and region of its node (KEP-4742): by its Binding, or at its creation when it names the node itself. */
export const podTopologyLabels: AdmissionPlugin = {
  name: "PodTopologyLabels",
  handles: ({ operation, kind, subresource }) => operation === "CREATE" && kind === podKind && (subresource === undefined || subresource === "binding"),
  mutate({ object, subresource, input }, { reader }) {
    if (subresource === undefined) return copyLabels(object!, (object as Pod).spec?.nodeName, reader);
    const { target } = input as unknown as Binding;
    if (target?.kind === "Node") copyLabels(input!, target.name, reader);
  },
};

/** What is there already stays. */
function copyLabels(to: KubeObject, nodeName: string | undefined, reader: Reader): void {
  const labels = nodeName ? reader.get(nodeKind, undefined, nodeName)?.metadata.labels : undefined;
  for (const key of LABELS) {
    if (labels?.[key] !== undefined && to.metadata?.labels?.[key] === undefined) (to.metadata ??= {}).labels = { ...to.metadata.labels, [key]: labels[key] };
  }
}
