import type { FlowControlHost } from "../api/flow-control/flow-control.ts";
import type { Sizes } from "../api/flow-control/work-estimate.ts";
import { DEFAULTS_KEY, flowControlDefaultsController } from "../controllers/flow-control-defaults/controller.ts";
import { flowSchema } from "../kinds/flowcontrol/flow-schema/kind.ts";
import { planKeeping } from "../kinds/flowcontrol/keeping.ts";
import { priorityLevelConfiguration } from "../kinds/flowcontrol/priority-level-configuration/kind.ts";
import type { Reader } from "../kinds/transaction.ts";
import type { Hub } from "./hub.ts";
import type { SqlStore } from "./sql-store.ts";
import type { StoredChange } from "./store.ts";

/**
 * What priority and fairness reads of the cluster. The configuration is read once after each of its changes, and at
 * wake-up, when it shows as well whether defaults are missing: in a cluster that an older version made.
 */
export function readConfiguration(reader: Reader, wakeController: (name: string, key: string) => void): ReturnType<FlowControlHost["configuration"]> {
  if (planKeeping(reader).length > 0) wakeController(flowControlDefaultsController.name, DEFAULTS_KEY);
  return { schemas: reader.list(flowSchema), levels: reader.list(priorityLevelConfiguration) };
}

const resources = new Set([flowSchema, priorityLevelConfiguration].map(({ group, resource }) => `${group}/${resource}`));

export const changesConfiguration = (changes: readonly StoredChange[]): boolean => changes.some(({ resource }) => resources.has(resource));

const COUNT_INTERVAL_MS = 10_000;

/** Numbers of objects are counted anew only now and then: counting reads the index. */
export class ClusterSizes implements Sizes {
  readonly #store: SqlStore;
  readonly #hub: Hub;
  readonly #nowMs: () => number;
  readonly #counts = new Map<string, { objects: number; countedMs: number }>();

  constructor(store: SqlStore, hub: Hub, nowMs: () => number) {
    this.#store = store;
    this.#hub = hub;
    this.#nowMs = nowMs;
  }

  objects(group: string, resource: string): number {
    const key = `${group}/${resource}`;
    if (this.#store.resources.find(key) === undefined) return 0;
    const known = this.#counts.get(key);
    const nowMs = this.#nowMs();
    if (known && nowMs - known.countedMs < COUNT_INTERVAL_MS) return known.objects;
    const objects = this.#store.transaction.count(key);
    this.#counts.set(key, { objects, countedMs: nowMs });
    return objects;
  }

  watchers(group: string, resource: string): number {
    return this.#hub.watchersOf(`${group}/${resource}`);
  }
}
