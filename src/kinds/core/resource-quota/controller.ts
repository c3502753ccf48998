import { itself, splitKey, type Controller } from "../../../controllers/controller.ts";
import type { Change } from "../../kind.ts";
import { sameValue } from "../../field-checks.ts";
import type { Reader, Transaction } from "../../transaction.ts";
import type { ResourceQuota } from "../../types/core-v1.generated.ts";
import { formatQuantity } from "../../values/quantity.ts";
import { resourceQuota } from "./kind.ts";
import { countUsage, evaluatorOf } from "./usage/index.ts";

/**
 * Writes status.hard and status.used. Admission counts what comes; this recounts a namespace's quotas when something
 * in it was deleted, ended, or changed what it costs, and when a quota is new or different.
 */
export const resourceQuotaController: Controller = {
  name: "resourcequota-controller",
  watches: [itself(resourceQuota), { kind: "*", keys: concernedQuotas }],
  reconcile(tx, key) {
    const { namespace, name } = splitKey(key);
    const quota = tx.get(resourceQuota, namespace, name);
    if (quota && !quota.metadata.deletionTimestamp) recount(tx, quota);
  },
};

function* concernedQuotas(change: Change, reader: Reader): Iterable<string> {
  const { namespace } = change.object.metadata;
  if (!namespace || change.type === "ADDED" || change.object.kind === "Event") return;
  if (change.type === "MODIFIED") {
    // Only kinds of the core group count as more than one object each.
    const kind = change.object.apiVersion === "v1" ? reader.kindOf(change.object) : undefined;
    if (!kind || !evaluatorOf(kind).recounts?.(change.object, change.previous)) return;
  }
  for (const quota of reader.list(resourceQuota, { namespace })) yield `${namespace}/${quota.metadata.name}`;
}

function recount(tx: Transaction, quota: ResourceQuota): void {
  const hard = quota.spec?.hard ?? {};
  const counted = countUsage(tx, quota, Object.keys(hard));
  const used = Object.fromEntries(Object.entries(counted).map(([name, amount]) => [name, formatQuantity(amount)]));
  const status: ResourceQuota["status"] = Object.keys(hard).length > 0 ? { hard, used } : {};
  if (sameValue(status, quota.status) && quota.status) return;
  tx.update(resourceQuota, quota.metadata.namespace, quota.metadata.name!, (draft) => { draft.status = status; }, { subresource: "status" });
}
