import { badRequest, conflict, invalid } from "../../../lib/errors.ts";
import { notSupported, required } from "../../../lib/field-error.ts";
import type { Subresource, WriteContext } from "../../kind.ts";
import type { Binding, Pod } from "../../types/core-v1.generated.ts";
import { setPodCondition } from "./conditions.ts";

/** POST of a Binding: places a pod on a node, once. */
export const binding: Subresource<Pod> = {
  type: "action",
  verbs: ["create"],
  input: { group: "", version: "v1", kind: "Binding", type: "io.k8s.api.core.v1.Binding" },
  run(obj, input, ctx) {
    const { name, namespace } = obj.metadata;
    const wanted = input as unknown as Binding;
    if (wanted.metadata?.name && wanted.metadata.name !== name) throw badRequest("name in URL does not match name in Binding object");
    validateTarget(wanted, name!);
    const refusal = refusalOf(obj, wanted);
    if (refusal) throw conflict({ group: "", resource: "pods/binding", name: name! }, refusal);
    ctx.tx.update<Pod>(ctx.kind, namespace, name!, (draft) => assign(draft, wanted, ctx), { subresource: "assignment", admitted: true });
    return { kind: "Status", code: 201 };
  },
};

/** Not served (no verbs): the door by which a binding alone may set the node's name. A pod that runs is still of generation 1. */
export const assignment: Subresource<Pod> = { type: "view", verbs: [], keepsGeneration: true, prepareForUpdate() {} };

function validateTarget({ target }: Binding, name: string): void {
  const errors = [
    ...(target?.kind && target.kind !== "Node" ? [notSupported("target.kind", target.kind, ["Node", "<empty>"])] : []),
    ...(target?.name ? [] : [required("target.name")]),
  ];
  if (errors.length > 0) throw invalid({ group: "", resource: "bindings", kind: "Binding", name }, errors);
}

function refusalOf(obj: Pod, { metadata }: Binding): string | undefined {
  const { name, uid, deletionTimestamp } = obj.metadata;
  if (metadata?.uid && metadata.uid !== uid) return `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`;
  if (metadata?.resourceVersion && metadata.resourceVersion !== obj.metadata.resourceVersion) {
    return `Precondition failed: ResourceVersion in precondition: ${metadata.resourceVersion}, ResourceVersion in object meta: ${obj.metadata.resourceVersion}`;
  }
  if (deletionTimestamp) return `pod ${name} is being deleted, cannot be assigned to a host`;
  if (obj.spec?.nodeName) return `pod ${name} is already assigned to node "${obj.spec.nodeName}"`;
  if (obj.spec?.schedulingGates?.length) return `pod ${name} has non-empty .spec.schedulingGates`;
  return undefined;
}

function assign(draft: Pod, { target, metadata }: Binding, { nowMs }: WriteContext): void {
  draft.spec!.nodeName = target.name!;
  if (metadata?.annotations) draft.metadata.annotations = { ...draft.metadata.annotations, ...metadata.annotations };
  // Topology labels of the node that the scheduler hands over (KEP-4742).
  if (metadata?.labels) draft.metadata.labels = { ...metadata.labels, ...draft.metadata.labels };
  setPodCondition((draft.status ??= {}), { type: "PodScheduled", observedGeneration: draft.metadata.generation, status: "True" }, nowMs);
}
