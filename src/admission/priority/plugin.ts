import { pod as podKind } from "../../kinds/core/pod/kind.ts";
import type { Reader } from "../../kinds/transaction.ts";
import type { Pod, PodSpec } from "../../kinds/types/core-v1.generated.ts";
import type { PriorityClass } from "../../kinds/types/scheduling-v1.generated.ts";
import { forbidden } from "../../lib/errors.ts";
import type { AdmissionPlugin } from "../plugin.ts";

/** A pod's priority is that of its PriorityClass: a number for the scheduler, which clients may not choose themselves. */
interface Resolved { name: string; value: number; preemptionPolicy: string }

/** These exist in every cluster. */
const systemClasses = new Map([["system-cluster-critical", 2_000_000_000], ["system-node-critical", 2_000_001_000]]);

export const priority: AdmissionPlugin = {
  name: "Priority",
  handles: ({ operation, kind, subresource }) => kind === podKind && subresource === undefined && (operation === "CREATE" || operation === "UPDATE"),
  mutate({ operation, object, old, name }, { reader }) {
    const spec = ((object as Pod).spec ??= {} as PodSpec);
    if (operation === "UPDATE") return keepPriority(spec, (old as Pod).spec);
    const resolved = resolve(reader, spec.priorityClassName ?? "");
    const subject = { group: "", resource: "pods", name: name ?? "" };
    if (!resolved) throw forbidden(subject, `no PriorityClass with name ${spec.priorityClassName} was found`);
    if (spec.priority !== undefined && spec.priority !== resolved.value) {
      throw forbidden(subject, `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${resolved.value} from the given PriorityClass name`);
    }
    if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== resolved.preemptionPolicy) {
      throw forbidden(subject, `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${resolved.preemptionPolicy} from the given PriorityClass name`);
    }
    if (resolved.name) spec.priorityClassName = resolved.name;
    spec.priority = resolved.value;
    spec.preemptionPolicy = resolved.preemptionPolicy;
  },
};

/** Clients that do not know the field may leave it out. */
function keepPriority(spec: PodSpec, old: PodSpec | undefined): void {
  if (spec.priority === undefined && old?.priority !== undefined) spec.priority = old.priority;
  if (spec.preemptionPolicy === undefined && old?.preemptionPolicy !== undefined) spec.preemptionPolicy = old.preemptionPolicy;
}

function resolve(reader: Reader, name: string): Resolved | undefined {
  const kind = reader.kindFor("scheduling.k8s.io", "priorityclasses");
  const system = systemClasses.get(name);
  const found = name ? kind && reader.get<PriorityClass>(kind, undefined, name) : kind && globalDefault(reader.list<PriorityClass>(kind));
  if (found) return { name: found.metadata.name!, value: found.value ?? 0, preemptionPolicy: found.preemptionPolicy ?? "PreemptLowerPriority" };
  if (system !== undefined) return { name, value: system, preemptionPolicy: "PreemptLowerPriority" };
  return name ? undefined : { name: "", value: 0, preemptionPolicy: "PreemptLowerPriority" };
}

/** Of several defaults the lowest holds. */
const globalDefault = (classes: readonly PriorityClass[]): PriorityClass | undefined =>
  classes.filter((c) => c.globalDefault).sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
