import { itself, type Controller } from "../../../controllers/controller.ts";
import { formatTime } from "../../values/time.ts";
import { priorityLevelConfiguration } from "../priority-level-configuration/kind.ts";
import { flowSchema } from "./kind.ts";

/** Tells in the condition Dangling whether a FlowSchema's priority level exists. */
export const flowSchemaController: Controller = {
  name: "api-priority-and-fairness",
  watches: [
    itself(flowSchema),
    { kind: priorityLevelConfiguration, keys: ({ object }, reader) => reader.list(flowSchema, { field: { path: "priorityLevel", value: object.metadata.name! } }).map((schema) => schema.metadata.name!) },
  ],
  reconcile(tx, name) {
    const schema = tx.get(flowSchema, undefined, name);
    if (!schema || schema.metadata.deletionTimestamp) return;
    const level = schema.spec?.priorityLevelConfiguration?.name ?? "";
    const exists = tx.get(priorityLevelConfiguration, undefined, level) !== undefined;
    const wanted = {
      type: "Dangling", status: exists ? "False" : "True", reason: exists ? "Found" : "NotFound",
      message: `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)} ${exists ? "and it exists" : "but there is no such object"}`,
    };
    const known = schema.status?.conditions?.find((condition) => condition.type === wanted.type);
    if (known?.status === wanted.status && known.message === wanted.message) return;
    tx.update(flowSchema, undefined, name, (draft) => {
      const others = (draft.status?.conditions ?? []).filter((condition) => condition.type !== wanted.type);
      const lastTransitionTime = known?.status === wanted.status ? known.lastTransitionTime : formatTime(tx.nowMs);
      draft.status = { ...draft.status, conditions: [...others, { ...wanted, ...(lastTransitionTime && { lastTransitionTime }) }] };
    }, { subresource: "status" });
  },
};
