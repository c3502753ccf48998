import { AUTO_UPDATE_ANNOTATION } from "../../kinds/flowcontrol/default-configuration.ts";
import { flowSchema } from "../../kinds/flowcontrol/flow-schema/kind.ts";
import { planKeeping, type Step } from "../../kinds/flowcontrol/keeping.ts";
import { priorityLevelConfiguration } from "../../kinds/flowcontrol/priority-level-configuration/kind.ts";
import type { Transaction } from "../../kinds/transaction.ts";
import type { Controller, Watch } from "../controller.ts";

/** The one key: they are few, and looked at together. */
export const DEFAULTS_KEY = "defaults";
const MANAGER = "api-priority-and-fairness-config-producer-v1";

const any = (kind: Watch["kind"]): Watch => ({ kind, keys: () => [DEFAULTS_KEY] });

/**
 * Keeps the default priority levels and flow schemas. Clusters that an older version made get theirs when requests are
 * first classified (durable/flow-control-source.ts), which reads the configuration anyway.
 */
export const flowControlDefaultsController: Controller = {
  name: "priority-and-fairness-config-producer",
  watches: [any(flowSchema), any(priorityLevelConfiguration)],
  reconcile(tx) {
    for (const step of planKeeping(tx)) apply(tx, step);
  },
};

function apply(tx: Transaction, step: Step): void {
  const options = { fieldManager: MANAGER };
  if ("create" in step) {
    tx.create(step.kind, step.create, options);
  } else if ("remove" in step) {
    tx.delete(step.kind, undefined, step.name, options);
  } else {
    const { autoUpdate, spec } = step.update;
    tx.update(step.kind, undefined, step.name, (draft: any) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, [AUTO_UPDATE_ANNOTATION]: String(autoUpdate) };
      if (spec !== undefined) draft.spec = JSON.parse(JSON.stringify(spec));
    }, options);
  }
}
