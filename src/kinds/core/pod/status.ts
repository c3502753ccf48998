import type { FieldError } from "../../../lib/field-error.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { Pod } from "../../types/core-v1.generated.ts";

/** Where the agent reports. The QoS class stays what it was at creation. */
export const status = statusSubresource<Pod>({
  prepare(obj, old) {
    restore(obj.metadata, old.metadata, "ownerReferences");
    restore(obj.metadata, old.metadata, "deletionTimestamp");
    obj.status ??= {};
    obj.status.qosClass ||= old.status?.qosClass;
    keepObservedGenerations(obj, old);
  },
  validateUpdate: validateStatusUpdate,
});

/** Writers that do not know of observedGeneration must not take it away. */
function keepObservedGenerations(obj: Pod, old: Pod): void {
  obj.status!.observedGeneration ||= old.status?.observedGeneration;
  for (const condition of obj.status!.conditions ?? []) {
    condition.observedGeneration ||= old.status?.conditions?.find((c) => c.type === condition.type)?.observedGeneration;
  }
}

function validateStatusUpdate(_obj: Pod, _old: Pod): FieldError[] { return []; }
