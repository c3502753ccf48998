import { pod as podKind } from "../../kinds/core/pod/kind.ts";
import { sameValue } from "../../kinds/field-checks.ts";
import { runtimeClass } from "../../kinds/node/runtime-class/kind.ts";
import type { Pod, Toleration } from "../../kinds/types/core-v1.generated.ts";
import type { RuntimeClass } from "../../kinds/types/node-v1.generated.ts";
import type { Reader } from "../../kinds/transaction.ts";
import { forbidden } from "../../lib/errors.ts";
import type { AdmissionPlugin } from "../plugin.ts";

/** A pod with a runtime class pays its overhead and goes where it is to be had; without one there is no overhead. */
export const runtimeClassAdmission: AdmissionPlugin = {
  name: "RuntimeClass",
  handles: ({ operation, kind, subresource }) => operation === "CREATE" && kind === podKind && subresource === undefined,
  mutate({ object }, { reader }) {
    const pod = object as Pod;
    const found = classOf(pod, reader);
    if (!found) return;
    if (found.overhead?.podFixed) {
      if (pod.spec!.overhead && !sameValue(pod.spec!.overhead, found.overhead.podFixed)) throw refusal(pod, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
      pod.spec!.overhead = { ...found.overhead.podFixed };
    }
    if (found.scheduling) addScheduling(pod, found.scheduling);
  },
  validate({ object }, { reader }) {
    const pod = object as Pod;
    const overhead = classOf(pod, reader)?.overhead?.podFixed;
    if (sameValue(overhead, pod.spec?.overhead)) return;
    throw refusal(pod, overhead ? "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead" : "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
  },
};

function classOf(pod: Pod, reader: Reader): RuntimeClass | undefined {
  const name = pod.spec?.runtimeClassName;
  if (name === undefined) return undefined;
  const found = reader.get(runtimeClass, undefined, name);
  if (!found) throw refusal(pod, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
  return found;
}

function addScheduling(pod: Pod, { nodeSelector = {}, tolerations = [] }: NonNullable<RuntimeClass["scheduling"]>): void {
  const spec = pod.spec!;
  for (const [key, value] of Object.entries(nodeSelector)) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== value) throw refusal(pod, `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`);
  }
  if (Object.keys(nodeSelector).length > 0) spec.nodeSelector = { ...spec.nodeSelector, ...nodeSelector };
  const isKnown = (toleration: Toleration) => spec.tolerations?.some((own) => sameValue(own, toleration)) ?? false;
  const added = tolerations.filter((toleration) => !isKnown(toleration));
  if (added.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...added];
}

const refusal = ({ metadata }: Pod, why: string) => forbidden({ group: "", resource: "pods", name: metadata.name ?? metadata.generateName }, why);
