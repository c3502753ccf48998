import { duplicate, required, type FieldError } from "../../lib/field-error.ts";
import type { FlowSchema, PriorityLevelConfiguration } from "../types/flowcontrol-v1.generated.ts";

/** Of both kinds' statuses. */
export const validateConditions = (obj: FlowSchema | PriorityLevelConfiguration): FieldError[] => {
  const types = (obj.status?.conditions ?? []).map((condition) => condition.type ?? "");
  return types.flatMap((type, i) => [
    ...(types.indexOf(type) < i ? [duplicate(`status.conditions[${i}].type`, type)] : []),
    ...(type ? [] : [required(`status.conditions[${i}].type`)]),
  ]);
};
