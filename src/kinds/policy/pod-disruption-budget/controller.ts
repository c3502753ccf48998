import { itself, objectKey, splitKey, type Controller } from "../../../controllers/controller.ts";
import { Pace } from "../../../controllers/pace.ts";
import { deepEqual } from "../../../lib/deep-equal.ts";
import { pod as podKind } from "../../core/pod/kind.ts";
import { isReady } from "../../core/pod/readiness.ts";
import type { Change } from "../../kind.ts";
import type { Reader, Transaction } from "../../transaction.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from "../../types/policy-v1.generated.ts";
import { formatLabelSelector, labelSelectorOf, matchesLabels } from "../../values/label-selector.ts";
import { countHealthy, expectedPods, pendingEvictions } from "./budget.ts";
import { withAllowedCondition } from "./conditions.ts";
import { podDisruptionBudget as budgetKind } from "./kind.ts";

const SOURCE = "controllermanager";
/** After a controller's size could not be found out, when nothing else wakes us. */
const FAILED_RETRY_MS = 60_000;
const pace = new Pace({ restful: 100, msPerObject: 0.5 });

/** Counts what a budget still allows. Evictions take from the count themselves (core/pod/eviction.ts). */
export const podDisruptionBudgetController: Controller = {
  name: "disruption-controller",
  watches: [itself(budgetKind), { kind: podKind, keys: budgetKeys }],
  reconcile(tx, key) {
    const { namespace, name } = splitKey(key);
    const budget = tx.get(budgetKind, namespace, name);
    if (!budget || budget.metadata.deletionTimestamp) return;
    const restMs = pace.restMs(tx, key);
    if (restMs > 0) return { requeueAfterMs: restMs };
    const pods = podsOf(tx, budget);
    pace.looked(tx, key, pods.length);
    if (pods.length === 0) tx.event(budget, { type: "Normal", reason: "NoPods", message: "No matching pods found", source: SOURCE });
    try {
      const { status, recheckInMs } = count(tx, budget, pods);
      write(tx, budget, status);
      if (recheckInMs !== undefined) return { requeueAfterMs: recheckInMs };
    } catch (error) {
      const { message } = error as Error;
      tx.event(budget, { type: "Warning", reason: "CalculateExpectedPodCountFailed", message: `Failed to calculate the number of expected pods: ${message}`, source: SOURCE });
      write(tx, budget, withAllowedCondition({ ...budget.status, disruptionsAllowed: 0, observedGeneration: budget.metadata.generation }, tx.nowMs, message));
      return { requeueAfterMs: FAILED_RETRY_MS };
    }
  },
};

function count(tx: Transaction, budget: PodDisruptionBudget, pods: readonly Pod[]): { status: PodDisruptionBudgetStatus; recheckInMs: number | undefined } {
  const { expected, desired, unmanaged } = expectedPods(tx, budget, pods);
  if (unmanaged.length > 0) warnOfUnmanaged(tx, budget);
  const { disrupted, overdue, recheckInMs } = pendingEvictions(budget.status, pods, tx.nowMs);
  for (const pod of overdue) {
    tx.event(pod, { type: "Warning", reason: "NotDeleted", message: `Pod was expected by PDB ${budget.metadata.namespace}/${budget.metadata.name} to be deleted but it wasn't`, source: SOURCE });
  }
  const healthy = countHealthy(pods, disrupted);
  const status: PodDisruptionBudgetStatus = {
    observedGeneration: budget.metadata.generation,
    ...(Object.keys(disrupted).length > 0 && { disruptedPods: disrupted }),
    disruptionsAllowed: expected <= 0 ? 0 : Math.max(0, healthy - desired),
    currentHealthy: healthy, desiredHealthy: desired, expectedPods: expected,
    ...(budget.status?.conditions && { conditions: budget.status.conditions }),
  };
  return { status: withAllowedCondition(status, tx.nowMs), recheckInMs };
}

function warnOfUnmanaged(tx: Transaction, budget: PodDisruptionBudget): void {
  const selector = formatLabelSelector(labelSelectorOf(budget.spec?.selector));
  tx.event(budget, {
    type: "Warning", reason: "UnmanagedPods", source: SOURCE,
    message: `Pods selected by this PodDisruptionBudget (selector: ${selector}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`,
  });
}

function write(tx: Transaction, { metadata }: PodDisruptionBudget, status: PodDisruptionBudgetStatus): void {
  tx.update(budgetKind, metadata.namespace, metadata.name!, (draft) => { draft.status = status; }, { subresource: "status" });
}

function podsOf(tx: Transaction, { metadata, spec }: PodDisruptionBudget): Pod[] {
  return tx.list(podKind, { namespace: metadata.namespace, labels: labelSelectorOf(spec?.selector) });
}

function* budgetKeys({ type, object, previous }: Change<Pod>, reader: Reader): Iterable<string> {
  const relevant = (pod: Pod) => [pod.metadata.labels, pod.metadata.deletionTimestamp, isReady(pod), pod.metadata.ownerReferences];
  if (previous && type === "MODIFIED" && deepEqual(relevant(object), relevant(previous))) return;
  for (const budget of reader.list(budgetKind, { namespace: object.metadata.namespace })) {
    const selector = labelSelectorOf(budget.spec?.selector);
    if (matchesLabels(selector, object.metadata.labels) || (previous && matchesLabels(selector, previous.metadata.labels))) yield objectKey(budget);
  }
}
