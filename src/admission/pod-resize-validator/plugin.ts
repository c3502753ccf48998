import { node as nodeKind } from "../../kinds/core/node/kind.ts";
import { pod as podKind } from "../../kinds/core/pod/kind.ts";
import { podNeeds } from "../../kinds/pod-spec/effective-resources.ts";
import type { Node, Pod } from "../../kinds/types/core-v1.generated.ts";
import { quantityMilli, quantityUnits } from "../../kinds/values/quantity.ts";
import { forbidden } from "../../lib/errors.ts";
import type { AdmissionPlugin } from "../plugin.ts";

/** A pod on a node does not come to want more than the node has at all: the agent could only tell so later. */
export const podResizeValidator: AdmissionPlugin = {
  name: "PodResizeValidator",
  handles: ({ operation, kind, subresource }) => operation === "UPDATE" && kind === podKind && subresource === "resize",
  validate({ object, old, name }, { reader }) {
    const pod = object as Pod;
    const { nodeName } = pod.spec!;
    if (!nodeName || pod.metadata.generation === old!.metadata.generation) return;
    const refuse = (why: string, reason?: string) => forbidden({ group: "", resource: "pods", name }, why, reason ? [{ reason }] : undefined);
    const node = reader.get<Node>(nodeKind, undefined, nodeName);
    if (!node) throw refuse(`node ${JSON.stringify(nodeName)} not found`);
    const lacks = lackingOn(node, pod);
    if (lacks.length > 0) throw refuse(`Node didn't have enough allocatable resources: ${lacks.join("; ")}`, "NodeCapacity");
    const os = node.metadata.labels?.["kubernetes.io/os"] ?? "";
    if (os !== "linux") throw refuse(`pod resize is only supported on linux nodes, node ${JSON.stringify(nodeName)} is ${JSON.stringify(os)}`, "UnsupportedPlatform");
  },
};

const AMOUNTS = { cpu: quantityMilli, memory: quantityUnits };

function lackingOn({ status }: Node, { spec }: Pod): string[] {
  const needs = podNeeds(spec!, "requests");
  return Object.entries(AMOUNTS).flatMap(([name, amount]) => {
    const [requested, allocatable] = [amount(needs[name] ?? 0), amount(status?.allocatable?.[name] ?? 0)];
    return requested > allocatable ? [`${name}, requested: ${requested}, allocatable: ${allocatable}`] : [];
  });
}
