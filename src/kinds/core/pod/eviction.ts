import { ApiError, badRequest, forbidden, tooManyRequests } from "../../../lib/errors.ts";
import { allowedCondition, withAllowedCondition } from "../../policy/pod-disruption-budget/conditions.ts";
import { podDisruptionBudget as budgetKind } from "../../policy/pod-disruption-budget/kind.ts";
import type { Subresource, WriteContext } from "../../kind.ts";
import type { DeleteOptions } from "../../types/meta-v1.generated.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import type { PodDisruptionBudget } from "../../types/policy-v1.generated.ts";
import { labelSelectorOf, matchesLabels } from "../../values/label-selector.ts";
import { formatTime } from "../../values/time.ts";
import { setPodCondition } from "./conditions.ts";
import { isReady, isTerminal } from "./readiness.ts";

const DISRUPTED_PODS_MAX = 2_000;

/** POST of a policy/v1 Eviction: a delete that disruption budgets may refuse, and that marks the pod as disrupted. */
export const eviction: Subresource<Pod> = {
  type: "action",
  verbs: ["create"],
  input: { group: "policy", version: "v1", kind: "Eviction", type: "io.k8s.api.policy.v1.Eviction" },
  run(obj, input, ctx) {
    const { name, namespace } = obj.metadata;
    if (input.metadata?.name && input.metadata.name !== name) throw badRequest("name in URL does not match name in Eviction object");
    const options = (input.deleteOptions ?? {}) as DeleteOptions;
    const isDryRun = ctx.dryRun || Boolean(options.dryRun?.length);
    if (!isNoDisruption(obj)) spendBudget(obj, ctx, isDryRun);
    if (isDryRun) return { kind: "Status", code: 201 };
    const { uid, resourceVersion } = options.preconditions ?? {};
    if (!isTerminal(obj) && resourceVersion === undefined) markDisrupted(obj, ctx);
    ctx.tx.delete(ctx.kind, namespace, name!, {
      as: ctx.user, admitted: true,
      preconditions: { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) },
      ...(options.gracePeriodSeconds != null && { gracePeriodSeconds: options.gracePeriodSeconds }),
      ...(options.propagationPolicy && { propagationPolicy: options.propagationPolicy as "Background" | "Foreground" | "Orphan" }),
    });
    return { kind: "Status", code: 201 };
  },
};

/** Nobody relies on a pod that has not begun, is over or is on its way out. */
const isNoDisruption = (obj: Pod): boolean => isTerminal(obj) || obj.status?.phase === "Pending" || obj.metadata.deletionTimestamp !== undefined;

function markDisrupted({ metadata }: Pod, ctx: WriteContext): void {
  ctx.tx.update<Pod>(ctx.kind, metadata.namespace, metadata.name!, (draft) => setPodCondition((draft.status ??= {}), {
    type: "DisruptionTarget", observedGeneration: draft.metadata.generation, status: "True", reason: "EvictionByEvictionAPI", message: "Eviction API: evicting",
  }, ctx.nowMs), { subresource: "status", admitted: true });
}

/** Takes one from the budget of the pod, or refuses with what the budget says. */
function spendBudget(obj: Pod, ctx: WriteContext, isDryRun: boolean): void {
  const budgets = ctx.reader.list(budgetKind, { namespace: obj.metadata.namespace }).filter((budget) => matchesLabels(labelSelectorOf(budget.spec?.selector), obj.metadata.labels));
  if (budgets.length > 1) throw new ApiError(500, "InternalError", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
  const [budget] = budgets;
  if (!budget || isFree(obj, budget)) return;
  refuseOverspending(budget);
  if (isDryRun) return;
  ctx.tx.update(budgetKind, budget.metadata.namespace, budget.metadata.name!, (draft) => {
    const left = draft.status!.disruptionsAllowed! - 1;
    const status = { ...draft.status, disruptionsAllowed: left, disruptedPods: { ...draft.status!.disruptedPods, [obj.metadata.name!]: formatTime(ctx.nowMs) } };
    draft.status = left === 0 ? withAllowedCondition(status, ctx.nowMs) : status;
  }, { subresource: "status" });
}

/** What is not ready is no loss, as long as enough others are (or the budget says that it never is one). */
function isFree(obj: Pod, { spec, status }: PodDisruptionBudget): boolean {
  if (isReady(obj)) return false;
  if (spec?.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

function refuseOverspending({ metadata, status = {} }: PodDisruptionBudget): void {
  const { name } = metadata;
  const { disruptionsAllowed: allowed = 0, disruptedPods = {}, desiredHealthy = 0, currentHealthy = 0 } = status;
  const subject = { group: "policy", resource: "poddisruptionbudget", name };
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) throw refusal(`The disruption budget ${name} is still being processed by the server.`, 10);
  if (allowed < 0) throw forbidden(subject, "pdb disruptions allowed is negative");
  if (Object.keys(disruptedPods).length > DISRUPTED_PODS_MAX) throw forbidden(subject, "DisruptedPods map too big - too many evictions not confirmed by PDB controller");
  if (allowed > 0) return;
  const failed = allowedCondition(status.conditions);
  if (failed?.reason === "SyncFailed") throw refusal(`The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${failed.message}`);
  throw refusal(`The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`);
}

function refusal(cause: string, retryAfterSeconds?: number): ApiError {
  const error = tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", retryAfterSeconds);
  error.status.details = { ...error.status.details, causes: [{ reason: "DisruptionBudget", message: cause }] };
  return error;
}
