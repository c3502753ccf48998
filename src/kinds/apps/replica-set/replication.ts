import { itself, splitKey, type Controller } from "../../../controllers/controller.ts";
import { claim, controllerOf } from "../../../controllers/ownership.ts";
import { Pace } from "../../../controllers/pace.ts";
import { ApiError } from "../../../lib/errors.ts";
import { isActive, isTerminating } from "../../core/pod/readiness.ts";
import { pod as podKind } from "../../core/pod/kind.ts";
import type { Kind } from "../../kind.ts";
import type { KubeObject } from "../../object.ts";
import type { Transaction } from "../../transaction.ts";
import type { ReplicaSetStatus } from "../../types/apps-v1.generated.ts";
import type { Pod, PodTemplateSpec } from "../../types/core-v1.generated.ts";
import type { LabelSelector } from "../../types/meta-v1.generated.ts";
import { parseTime } from "../../values/time.ts";
import { isNamespaceTerminating } from "../namespace-terminating.ts";
import { podFromTemplate } from "../pod-from-template.ts";
import { podKeys } from "../pod-keys.ts";
import { deletionOrder } from "./deletion-order.ts";
import { planStatus } from "./status.ts";

/** A burst is cut into rounds, so that requests and other controllers get their turn in between. */
const CREATES_PER_ROUND = 50;
const DELETES_PER_ROUND = 100;
/** After a create was refused (quota, admission), when nothing else wakes us: as long again as it has been so already. */
const RETRY_MS_MIN = 5_000;
const RETRY_MS_MAX = 1_000_000;

/** ReplicaSet and ReplicationController: the same thing but for the shape of the selector. */
export type ReplicatedSet = KubeObject & {
  spec?: { replicas?: number; minReadySeconds?: number; template?: PodTemplateSpec };
  status?: ReplicaSetStatus;
};

export interface Replication<T extends ReplicatedSet> {
  /** Of the controller. */
  name: string;
  kind: Kind<T>;
  selectorOf(set: T): LabelSelector | undefined;
  /** The status as this kind has it. */
  statusOf?(status: ReplicaSetStatus): ReplicaSetStatus;
}

/** Keeps the number of a set's active pods at `spec.replicas`. Events and conditions are upstream's. */
export function replicasController<T extends ReplicatedSet>(replication: Replication<T>): Controller {
  const { name: source, kind, selectorOf, statusOf } = replication;
  const pace = new Pace({ restful: 500, msPerObject: 0.1 });
  return {
    name: source,
    // Before the Deployments, whose status adds up those of their sets.
    priority: 1,
    watches: [itself(kind), { kind: podKind, keys: podKeys(kind, selectorOf) }],
    reconcile(tx, key) {
      const { namespace, name } = splitKey(key);
      const set = tx.get(kind, namespace, name);
      if (!set) return;
      const restMs = pace.restMs(tx, key);
      if (restMs > 0) return { requeueAfterMs: restMs };
      const pods = claim(tx, { kind, object: set, selector: selectorOf(set) }, podKind);
      const active = pods.filter(isActive);
      const round = set.metadata.deletionTimestamp ? { pods: active, deleted: 0, moreWork: false } : new Scaling(tx, replication, set).scale(active);
      const terminating = pods.filter(isTerminating).length + round.deleted;
      const { status, availableChangesInMs } = planStatus(set, { active: round.pods, terminating }, round.refusal, tx.nowMs);
      tx.update(kind, namespace, name, (draft: ReplicatedSet) => { draft.status = statusOf ? statusOf(status) : status; }, { subresource: "status" });
      if (round.moreWork) return { requeueAfterMs: 0 };
      pace.looked(tx, key, pods.length);
      if (round.refusal) return { requeueAfterMs: retryInMs(status, tx.nowMs) };
      if (availableChangesInMs !== undefined) return { requeueAfterMs: availableChangesInMs };
    },
  };
}

function retryInMs(status: ReplicaSetStatus, nowMs: number): number {
  const since = status.conditions?.find((condition) => condition.type === "ReplicaFailure")?.lastTransitionTime;
  return Math.min(RETRY_MS_MAX, Math.max(RETRY_MS_MIN, nowMs - (since ? parseTime(since) : nowMs)));
}

export interface Refusal { reason: "FailedCreate" | "FailedDelete"; message: string }

/** `pods`: those that are active after it. `deleted`: those that now wait for their agent to finish them. */
interface Round { pods: Pod[]; deleted: number; moreWork: boolean; refusal?: Refusal }

class Scaling<T extends ReplicatedSet> {
  readonly #tx: Transaction;
  readonly #replication: Replication<T>;
  readonly #set: T;

  constructor(tx: Transaction, replication: Replication<T>, set: T) {
    this.#tx = tx;
    this.#replication = replication;
    this.#set = set;
  }

  scale(active: Pod[]): Round {
    const missing = (this.#set.spec?.replicas ?? 1) - active.length;
    if (missing > 0) return this.#createPods(active, missing);
    if (missing < 0) return this.#deletePods(active, -missing);
    return { pods: active, deleted: 0, moreWork: false };
  }

  #createPods(active: Pod[], missing: number): Round {
    const pods = [...active];
    for (let i = 0; i < Math.min(missing, CREATES_PER_ROUND); i++) {
      try {
        const made = this.#tx.create(podKind, podFromTemplate(this.#replication.kind, this.#set));
        pods.push(made);
        this.#event("Normal", "SuccessfulCreate", `Created pod: ${made.metadata.name}`);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        // The namespace is going away: nothing to tell and nothing to retry.
        if (isNamespaceTerminating(error)) return { pods, deleted: 0, moreWork: false };
        this.#event("Warning", "FailedCreate", `Error creating: ${error.message}`);
        return { pods, deleted: 0, moreWork: false, refusal: { reason: "FailedCreate", message: error.message } };
      }
    }
    return { pods, deleted: 0, moreWork: missing > CREATES_PER_ROUND };
  }

  #deletePods(active: Pod[], surplus: number): Round {
    const doomed = deletionOrder(active, this.#relatedPods(), this.#tx.nowMs).slice(0, Math.min(surplus, DELETES_PER_ROUND));
    const gone = new Set<Pod>();
    let refusal: Refusal | undefined;
    for (const pod of doomed) {
      try {
        this.#tx.delete(podKind, pod.metadata.namespace, pod.metadata.name!, { preconditions: { uid: pod.metadata.uid } });
        gone.add(pod);
        this.#event("Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        this.#event("Warning", "FailedDelete", `Error deleting: ${error.message}`);
        refusal = { reason: "FailedDelete", message: error.message };
      }
    }
    const lingering = [...gone].filter((pod) => this.#tx.get(podKind, pod.metadata.namespace, pod.metadata.name!)).length;
    return { pods: active.filter((pod) => !gone.has(pod)), deleted: lingering, moreWork: !refusal && surplus > DELETES_PER_ROUND, ...(refusal && { refusal }) };
  }

  /** Pods of all sets with the same owner: nodes that carry many of them give theirs up first. */
  #relatedPods(): Pod[] {
    const owner = controllerOf(this.#set);
    const sets = owner ? this.#tx.ownedBy(owner.uid, this.#replication.kind) : [this.#set];
    return sets.flatMap((related) => this.#tx.ownedBy(related.metadata.uid!, podKind)).filter(isActive);
  }

  #event(type: "Normal" | "Warning", reason: string, message: string): void {
    this.#tx.event(this.#set, { type, reason, message, source: this.#replication.name });
  }
}
