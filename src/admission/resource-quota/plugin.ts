import { resourceQuota } from "../../kinds/core/resource-quota/kind.ts";
import type { Evaluator, Usage } from "../../kinds/core/resource-quota/usage/evaluator.ts";
import { countUsage, evaluatorOf, matchesScopes } from "../../kinds/core/resource-quota/usage/index.ts";
import type { WriteContext } from "../../kinds/kind.ts";
import { quantityOf } from "../../kinds/pod-spec/quantity-checks.ts";
import type { ResourceQuota } from "../../kinds/types/core-v1.generated.ts";
import { addQuantity, compareQuantity, formatQuantity, subtractQuantity, type Quantity } from "../../kinds/values/quantity.ts";
import { forbidden } from "../../lib/errors.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../plugin.ts";

/**
 * Refuses what would exceed a quota of the namespace, and counts what comes in status.used, in the same transaction: a
 * quota cannot be overrun by requests that arrive together. What goes is taken off by the controller. It is the last
 * plugin, so that only what everybody else admits is counted. Access reviews and events cost nothing.
 */
export const resourceQuotaAdmission: AdmissionPlugin = {
  name: "ResourceQuota",
  handles: ({ operation, kind, namespace, subresource }) =>
    namespace !== undefined && kind.scope === "Namespaced" && !kind.evaluate && kind.kind !== "Event"
    && ((operation === "CREATE" && subresource === undefined) || (operation === "UPDATE" && evaluatorOf(kind).checksUpdate !== undefined)),
  validate(attributes, ctx) {
    const evaluator = evaluatorOf(attributes.kind);
    const { operation, object, old, subresource } = attributes;
    if (operation === "UPDATE" && !evaluator.checksUpdate!(object, old, subresource)) return;
    const charges: Charge[] = [];
    for (const quota of ctx.reader.list(resourceQuota, { namespace: attributes.namespace! })) {
      const charge = chargeOf(quota, evaluator, attributes, ctx);
      if (charge) charges.push(charge);
    }
    if (!ctx.dryRun) for (const charge of charges) book(charge, ctx);
  },
};

interface Charge { quota: ResourceQuota; used: Record<string, Quantity> }

function chargeOf(quota: ResourceQuota, evaluator: Evaluator, attributes: AdmissionAttributes, ctx: WriteContext): Charge | undefined {
  const hard = quota.spec?.hard ?? {};
  const names = Object.keys(hard).filter((name) => evaluator.concerns(name));
  const object = attributes.object!;
  if (names.length === 0 || !matchesScopes(evaluator, quota, object)) return undefined;
  const missing = evaluator.missing?.(names, object);
  if (missing !== undefined) throw refusal(attributes, `failed quota: ${quota.metadata.name}: ${missing}`);
  const cost = requested(quota, evaluator, attributes, ctx.nowMs);
  const charged = names.filter((name) => cost[name] !== undefined && cost[name].nano !== 0n);
  if (charged.length === 0) return undefined;
  const before = usedOf(quota, names, ctx);
  const used = { ...before };
  for (const name of charged) used[name] = addQuantity(used[name]!, cost[name]!);
  const exceeded = charged.filter((name) => compareQuantity(used[name]!, quantityOf(hard[name])) > 0).sort();
  if (exceeded.length > 0) {
    const list = (amount: (name: string) => string) => exceeded.map((name) => `${name}=${amount(name)}`).join(",");
    throw refusal(attributes, `exceeded quota: ${quota.metadata.name}, requested: ${list((name) => formatQuantity(cost[name]!))}, used: ${list((name) => formatQuantity(before[name]!))}, limited: ${list((name) => hard[name]!)}`);
  }
  return { quota, used: Object.fromEntries(charged.map((name) => [name, used[name]!])) };
}

/** An update costs what it adds, unless the quota did not concern the object before. */
function requested(quota: ResourceQuota, evaluator: Evaluator, { operation, object, old }: AdmissionAttributes, nowMs: number): Usage {
  const now = evaluator.usage(object, nowMs);
  if (operation === "CREATE" || !old || !matchesScopes(evaluator, quota, old)) return now;
  const before = evaluator.usage(old, nowMs);
  return Object.fromEntries(Object.entries(now).map(([name, amount]) => {
    const added = before[name] ? subtractQuantity(amount, before[name]) : amount;
    return [name, added.nano < 0n ? { ...added, nano: 0n } : added];
  }));
}

/** As kept in the status; a quota that the controller has not seen yet is counted here and now. */
function usedOf(quota: ResourceQuota, names: readonly string[], { reader }: WriteContext): Record<string, Quantity> {
  const known = quota.status?.used ?? {};
  if (names.every((name) => known[name] !== undefined)) return Object.fromEntries(names.map((name) => [name, quantityOf(known[name])]));
  return countUsage(reader, quota, names);
}

function book({ quota, used }: Charge, { tx }: WriteContext): void {
  tx.update(resourceQuota, quota.metadata.namespace, quota.metadata.name!, (draft) => {
    const texts = Object.fromEntries(Object.entries(used).map(([name, amount]) => [name, formatQuantity(amount)]));
    draft.status = { ...draft.status, hard: draft.status?.hard ?? draft.spec?.hard, used: { ...draft.status?.used, ...texts } };
  }, { subresource: "status" });
}

const refusal = ({ kind, object }: AdmissionAttributes, why: string) =>
  forbidden({ group: kind.group, resource: kind.resource, name: object?.metadata.name ?? object?.metadata.generateName ?? "Unknown" }, why);
