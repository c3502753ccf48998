import { pod as podKind } from "../../kinds/core/pod/kind.ts";
import type { WriteContext } from "../../kinds/kind.ts";
import { priorityClass as priorityClassKind } from "../../kinds/scheduling/priority-class/kind.ts";
import type { Reader } from "../../kinds/transaction.ts";
import type { Pod, PodSpec } from "../../kinds/types/core-v1.generated.ts";
import type { PriorityClass } from "../../kinds/types/scheduling-v1.generated.ts";
import { forbidden } from "../../lib/errors.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../plugin.ts";

/** A pod's priority is that of its PriorityClass: a number for the scheduler, which clients may not choose themselves. */
interface Resolved { name: string; value: number; preemptionPolicy: string }

/** They hold in every cluster, also in one that was made before it had their objects. */
const systemClasses = new Map([["system-cluster-critical", 2_000_000_000], ["system-node-critical", 2_000_001_000]]);

export const priority: AdmissionPlugin = {
  name: "Priority",
  handles: ({ operation, kind, subresource }) => (kind === podKind || kind === priorityClassKind) && subresource === undefined && (operation === "CREATE" || operation === "UPDATE"),
  mutate({ operation, kind, object, old, name }, { reader }) {
    if (kind !== podKind) return;
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
  validate: refuseSecondDefault,
};

function refuseSecondDefault({ kind, object, name }: AdmissionAttributes, { reader }: WriteContext): void {
  if (kind !== priorityClassKind || !(object as PriorityClass).globalDefault) return;
  const other = reader.list(priorityClassKind).find((c) => c.globalDefault && c.metadata.name !== name);
  if (other) throw forbidden({ group: "scheduling.k8s.io", resource: "priorityclasses", name: name ?? "" }, `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`);
}

/** Clients that do not know the field may leave it out. */
function keepPriority(spec: PodSpec, old: PodSpec | undefined): void {
  if (spec.priority === undefined && old?.priority !== undefined) spec.priority = old.priority;
  if (spec.preemptionPolicy === undefined && old?.preemptionPolicy !== undefined) spec.preemptionPolicy = old.preemptionPolicy;
}

function resolve(reader: Reader, name: string): Resolved | undefined {
  const system = systemClasses.get(name);
  const found = name ? reader.get(priorityClassKind, undefined, name) : globalDefault(reader.list(priorityClassKind));
  if (found) return { name: found.metadata.name!, value: found.value ?? 0, preemptionPolicy: found.preemptionPolicy ?? "PreemptLowerPriority" };
  if (system !== undefined) return { name, value: system, preemptionPolicy: "PreemptLowerPriority" };
  return name ? undefined : { name: "", value: 0, preemptionPolicy: "PreemptLowerPriority" };
}

/** Of several defaults the lowest holds. */
const globalDefault = (classes: readonly PriorityClass[]): PriorityClass | undefined =>
  classes.filter((c) => c.globalDefault).sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
