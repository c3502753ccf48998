import { itself, splitKey, type Controller } from "../../../controllers/controller.ts";
import { claim } from "../../../controllers/ownership.ts";
import { Pace } from "../../../controllers/pace.ts";
import { ApiError } from "../../../lib/errors.ts";
import { pod as podKind } from "../../core/pod/kind.ts";
import type { Transaction } from "../../transaction.ts";
import type { ControllerRevision, StatefulSet } from "../../types/apps-v1.generated.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { isNamespaceTerminating } from "../namespace-terminating.ts";
import { podKeys } from "../pod-keys.ts";
import { forgetRevisions, syncRevisions, templateOf, type History } from "../revision-history.ts";
import { giveIdentity, hasIdentity, newPod, ordinalOf, podName, revisionOf } from "./identity.ts";
import { statefulSet as statefulSetKind } from "./kind.ts";
import { planStep, type Plan } from "./plan.ts";
import { planStatus } from "./status.ts";
import { ClaimLeaving, createClaims, ownClaims } from "./volume-claims.ts";

const SOURCE = "statefulset-controller";
/** After something was refused (quota, admission, a claim on its way out), when nothing else wakes us. */
const REFUSED_RETRY_MS = 5_000;
/** A burst is cut into rounds. */
const ACTIONS_PER_ROUND = 50;
const pace = new Pace({ restful: 100, msPerObject: 0.5 });

/** Makes, replaces and removes the pods of a StatefulSet in order (plan.ts). Events and status are upstream's. */
export const statefulSetController: Controller = {
  name: SOURCE,
  watches: [itself(statefulSetKind), { kind: podKind, keys: podKeys(statefulSetKind, (set) => set.spec?.selector, (pod) => pod.status?.phase) }],
  reconcile(tx, key) {
    const { namespace, name } = splitKey(key);
    const set = tx.get(statefulSetKind, namespace, name);
    if (!set) return;
    const restMs = pace.restMs(tx, key);
    if (restMs > 0) return { requeueAfterMs: restMs };
    const owned = () => claim(tx, { kind: statefulSetKind, object: set, selector: set.spec?.selector }, podKind, (pod) => ordinalOf(set, pod) !== undefined);
    const pods = owned();
    if (set.metadata.deletionTimestamp) return;
    const history = syncRevisions(tx, statefulSetKind, set, { hash: "controller.kubernetes.io/hash" });
    const update = history.present;
    const current = history.revisions.find((revision) => revision.metadata.name === set.status?.currentRevision) ?? update;
    ownClaims(tx, set, pods);
    const outcome = new Step(tx, set, { current, update }).run(planStep({ set, pods, update: update.metadata.name!, nowMs: tx.nowMs }), pods);
    const left = owned();
    const { status, availableChangesInMs } = planStatus(set, left, { current: current.metadata.name!, update: update.metadata.name!, collisionCount: history.collisionCount }, tx.nowMs);
    tx.update(statefulSetKind, namespace, name, (draft) => { draft.status = status; }, { subresource: "status" });
    cleanUp(tx, set, history, [...left.map(revisionOf), status.currentRevision!, status.updateRevision!]);
    if (outcome.moreWork) return { requeueAfterMs: 0 };
    pace.looked(tx, key, pods.length);
    if (outcome.refused) return { requeueAfterMs: REFUSED_RETRY_MS };
    if (availableChangesInMs !== undefined) return { requeueAfterMs: availableChangesInMs };
  },
};

function cleanUp(tx: Transaction, set: StatefulSet, { revisions }: History, used: readonly string[]): void {
  const names = new Set(used);
  forgetRevisions(tx, set, revisions, (revision) => names.has(revision.metadata.name!));
}

class Step {
  readonly #tx: Transaction;
  readonly #set: StatefulSet;
  readonly #revisions: { current: ControllerRevision; update: ControllerRevision };
  #refused = false;

  constructor(tx: Transaction, set: StatefulSet, revisions: { current: ControllerRevision; update: ControllerRevision }) {
    this.#tx = tx;
    this.#set = set;
    this.#revisions = revisions;
  }

  run(plan: Plan, pods: readonly Pod[]): { moreWork: boolean; refused: boolean } {
    for (const pod of pods) if (!hasIdentity(pod)) this.#tx.update(podKind, pod.metadata.namespace, pod.metadata.name!, giveIdentity);
    for (const pod of pods) if (pod.status?.phase === "Pending" && !pod.metadata.deletionTimestamp) this.#attempt(pod.metadata.name!, () => this.#ensureClaims(ordinalOf(this.#set, pod)!));
    for (const pod of plan.recreate) this.#recreate(pod);
    for (const { ordinal, revision } of plan.create.slice(0, ACTIONS_PER_ROUND)) {
      if (!this.#create(ordinal, this.#revisions[revision])) break;
    }
    for (const pod of plan.remove.slice(0, ACTIONS_PER_ROUND)) this.#remove(pod);
    return { moreWork: !this.#refused && Math.max(plan.create.length, plan.remove.length) > ACTIONS_PER_ROUND, refused: this.#refused };
  }

  #create(ordinal: number, revision: ControllerRevision): boolean {
    const name = podName(this.#set, ordinal);
    return this.#attempt(name, () => {
      this.#ensureClaims(ordinal);
      this.#tx.create(podKind, newPod(this.#set, ordinal, templateOf(revision), revision.metadata.name!));
      this.#event("Normal", "SuccessfulCreate", `create Pod ${name} in StatefulSet ${this.#set.metadata.name} successful`);
    });
  }

  #ensureClaims(ordinal: number): void {
    for (const made of createClaims(this.#tx, this.#set, ordinal)) {
      this.#event("Normal", "SuccessfulCreate", `create Claim ${made} Pod ${podName(this.#set, ordinal)} in StatefulSet ${this.#set.metadata.name} success`);
    }
  }

  #attempt(podName: string, run: () => void): boolean {
    try {
      run();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError) && !(error instanceof ClaimLeaving)) throw error;
      if (error instanceof ApiError && isNamespaceTerminating(error)) return false;
      this.#event("Warning", "FailedCreate", `create Pod ${podName} in StatefulSet ${this.#set.metadata.name} failed error: ${error.message}`);
      this.#refused = true;
      return false;
    }
  }

  #recreate(pod: Pod): void {
    const failed = pod.status?.phase === "Failed";
    const { namespace, name } = this.#set.metadata;
    this.#event(failed ? "Warning" : "Normal", failed ? "RecreatingFailedPod" : "RecreatingTerminatedPod", `StatefulSet ${namespace}/${name} is recreating ${failed ? "failed" : "terminated"} Pod ${pod.metadata.name}`);
    this.#remove(pod);
  }

  #remove(pod: Pod): void {
    const { name } = pod.metadata;
    try {
      this.#tx.delete(podKind, pod.metadata.namespace, name!, { preconditions: { uid: pod.metadata.uid } });
      this.#event("Normal", "SuccessfulDelete", `delete Pod ${name} in StatefulSet ${this.#set.metadata.name} successful`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#event("Warning", "FailedDelete", `delete Pod ${name} in StatefulSet ${this.#set.metadata.name} failed error: ${error.message}`);
      this.#refused = true;
    }
  }

  #event(type: "Normal" | "Warning", reason: string, message: string): void {
    this.#tx.event(this.#set, { type, reason, message, source: SOURCE });
  }
}
