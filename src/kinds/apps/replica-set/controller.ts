import { itself, objectKey, splitKey, type Controller } from "../../../controllers/controller.ts";
import { claim, controllerOf, controllerReference } from "../../../controllers/ownership.ts";
import { ApiError } from "../../../lib/errors.ts";
import { deepEqual } from "../../../lib/deep-equal.ts";
import { conditionOf } from "../../core/pod/conditions.ts";
import { isActive, isTerminating } from "../../core/pod/readiness.ts";
import { pod as podKind } from "../../core/pod/kind.ts";
import type { Change } from "../../kind.ts";
import type { Reader, Transaction } from "../../transaction.ts";
import type { ReplicaSet } from "../../types/apps-v1.generated.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { labelSelectorOf, matchesLabels } from "../../values/label-selector.ts";
import { replicaSet as replicaSetKind } from "./kind.ts";
import { deletionOrder } from "./deletion-order.ts";
import { planStatus } from "./status.ts";

/** A burst is cut into rounds, so that requests and other controllers get their turn in between. */
const CREATES_PER_ROUND = 50;
const DELETES_PER_ROUND = 100;
/** After a create was refused (quota, admission), when nothing else wakes us. */
const REFUSED_RETRY_MS = 5_000;

/** Keeps the number of a ReplicaSet's active pods at `spec.replicas`. Events and conditions are upstream's. */
export const replicaSetController: Controller = {
  name: "replicaset-controller",
  watches: [itself(replicaSetKind), { kind: podKind, keys: podKeys }],
  reconcile(tx, key) {
    const { namespace, name } = splitKey(key);
    const set = tx.get(replicaSetKind, namespace, name);
    if (!set) return;
    const pods = claim(tx, { kind: replicaSetKind, object: set, selector: set.spec?.selector }, podKind);
    const active = pods.filter(isActive);
    const wanted = set.spec?.replicas ?? 1;
    const round = set.metadata.deletionTimestamp ? { pods: active, deleted: 0, moreWork: false } : scale(tx, set, active, wanted);
    const terminating = pods.filter(isTerminating).length + round.deleted;
    const { status, availableChangesInMs } = planStatus(set, { active: round.pods, terminating }, round.refusal, tx.nowMs);
    tx.update(replicaSetKind, namespace, name, (draft) => { draft.status = status; }, { subresource: "status" });
    if (round.moreWork) return { requeueAfterMs: 0 };
    if (round.refusal) return { requeueAfterMs: REFUSED_RETRY_MS };
    if (availableChangesInMs !== undefined) return { requeueAfterMs: availableChangesInMs };
  },
};

export interface Refusal { reason: "FailedCreate" | "FailedDelete"; message: string }

/** `pods`: those that are active after it. `deleted`: those that now wait for their agent to finish them. */
interface Round { pods: Pod[]; deleted: number; moreWork: boolean; refusal?: Refusal }

function scale(tx: Transaction, set: ReplicaSet, active: Pod[], wanted: number): Round {
  const missing = wanted - active.length;
  if (missing > 0) return createPods(tx, set, active, missing);
  if (missing < 0) return deletePods(tx, set, active, -missing);
  return { pods: active, deleted: 0, moreWork: false };
}

function createPods(tx: Transaction, set: ReplicaSet, active: Pod[], missing: number): Round {
  const pods = [...active];
  for (let i = 0; i < Math.min(missing, CREATES_PER_ROUND); i++) {
    try {
      const made = tx.create(podKind, podFromTemplate(set));
      pods.push(made);
      tx.event(set, { type: "Normal", reason: "SuccessfulCreate", message: `Created pod: ${made.metadata.name}`, source: replicaSetController.name });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // The namespace is going away: nothing to tell and nothing to retry.
      if (error.status.details?.causes?.some((cause) => cause.reason === "NamespaceTerminating")) return { pods, deleted: 0, moreWork: false };
      tx.event(set, { type: "Warning", reason: "FailedCreate", message: `Error creating: ${error.message}`, source: replicaSetController.name });
      return { pods, deleted: 0, moreWork: false, refusal: { reason: "FailedCreate", message: error.message } };
    }
  }
  return { pods, deleted: 0, moreWork: missing > CREATES_PER_ROUND };
}

function deletePods(tx: Transaction, set: ReplicaSet, active: Pod[], surplus: number): Round {
  const doomed = deletionOrder(active, relatedPods(tx, set), tx.nowMs).slice(0, Math.min(surplus, DELETES_PER_ROUND));
  for (const pod of doomed) {
    tx.delete(podKind, pod.metadata.namespace, pod.metadata.name!, { preconditions: { uid: pod.metadata.uid } });
    tx.event(set, { type: "Normal", reason: "SuccessfulDelete", message: `Deleted pod: ${pod.metadata.name}`, source: replicaSetController.name });
  }
  const gone = new Set(doomed);
  const lingering = doomed.filter((pod) => tx.get(podKind, pod.metadata.namespace, pod.metadata.name!)).length;
  return { pods: active.filter((pod) => !gone.has(pod)), deleted: lingering, moreWork: surplus > DELETES_PER_ROUND };
}

function podFromTemplate(set: ReplicaSet): Partial<Pod> {
  const template = set.spec!.template!;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace,
      labels: { ...template.metadata?.labels },
      annotations: { ...template.metadata?.annotations },
      finalizers: template.metadata?.finalizers,
      ownerReferences: [controllerReference(replicaSetKind, set)],
    },
    spec: structuredClone(template.spec),
  };
}

/** Pods of all ReplicaSets with the same owner: nodes that carry many of them give theirs up first. */
function relatedPods(tx: Transaction, set: ReplicaSet): Pod[] {
  const owner = controllerOf(set);
  const sets = owner ? tx.ownedBy(owner.uid, replicaSetKind) : [set];
  return sets.flatMap((related) => tx.ownedBy(related.metadata.uid!, podKind)).filter(isActive);
}

/** Where it was placed and what its containers do is nothing to its set as long as readiness stays the same. */
function concernsSet(pod: Pod, previous: Pod): boolean {
  const relevant = ({ metadata, status }: Pod) => [
    metadata.labels, metadata.ownerReferences, metadata.deletionTimestamp, isActive({ metadata: {}, status } as Pod), conditionOf(status, "Ready"),
  ];
  return !deepEqual(relevant(pod), relevant(previous));
}

/** The owner of a pod, and for a pod without one every set that would adopt it. */
function* podKeys(change: Change<Pod>, reader: Reader): Iterable<string> {
  const { object, previous } = change;
  if (previous && change.type === "MODIFIED" && !concernsSet(object, previous)) return;
  for (const owner of new Set([controllerOf(object), previous && controllerOf(previous)])) {
    if (owner?.kind === replicaSetKind.kind && owner.apiVersion === "apps/v1") yield `${object.metadata.namespace}/${owner.name}`;
  }
  if (controllerOf(object) || change.type === "DELETED") return;
  for (const set of reader.list(replicaSetKind, { namespace: object.metadata.namespace })) {
    if (matchesLabels(labelSelectorOf(set.spec?.selector), object.metadata.labels)) yield objectKey(set);
  }
}
