import { itself, splitKey, type Controller } from "../../../controllers/controller.ts";
import { claim, controllerOf } from "../../../controllers/ownership.ts";
import { ApiError } from "../../../lib/errors.ts";
import { pod as podKind } from "../../core/pod/kind.ts";
import type { Change } from "../../kind.ts";
import type { KubeObject } from "../../object.ts";
import type { Reader, Transaction } from "../../transaction.ts";
import type { Deployment, DeploymentStatus, ReplicaSet } from "../../types/apps-v1.generated.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { replicaSet as replicaSetKind } from "../replica-set/kind.ts";
import { deployment as deploymentKind } from "./kind.ts";
import { currentAnnotations, findNewSet, newReplicaSet, nextRevision, REVISION, sameTemplate, sizedFor } from "./revisions.ts";
import { isActiveSet, isRolling, planRollingStep, sizeOf, wantedReplicas, type Resize } from "./rollout.ts";
import { isScalingEvent, planCleanup, planScaling } from "./scaling.ts";
import { conditionOf, countedStatus, deadlineInMs, deadlineSeconds, isComplete, PROGRESS, rolloutStatus, withCondition } from "./status.ts";

/**
 * Rolls a Deployment from one ReplicaSet to the next. Each reconcile takes one step; the change of the ReplicaSets wakes
 * it again. Planning is pure (rollout.ts, scaling.ts, status.ts); this file reads and writes. Steps, sizes, annotations,
 * conditions and events are upstream's deployment controller's.
 */
export const deploymentController: Controller = {
  name: "deployment-controller",
  watches: [itself(deploymentKind), { kind: replicaSetKind, keys: ownerKeys }, { kind: podKind, keys: lastPodKeys }],
  reconcile(tx, key) {
    const { namespace, name } = splitKey(key);
    const d = tx.get(deploymentKind, namespace, name);
    if (!d) return;
    const sets = claim(tx, { kind: deploymentKind, object: d, selector: d.spec?.selector }, replicaSetKind);
    const rollout = new Rollout(tx, d, sets);
    const status = rollout.step();
    tx.update(deploymentKind, namespace, name, (draft) => { draft.status = status; }, { subresource: "status" });
    const waitMs = deadlineInMs(d, status, tx.nowMs);
    if (waitMs !== undefined) return { requeueAfterMs: waitMs };
  },
};

class Rollout {
  readonly #tx: Transaction;
  #d: Deployment;
  #newSet: ReplicaSet | undefined;
  #oldSets: ReplicaSet[];

  constructor(tx: Transaction, d: Deployment, sets: readonly ReplicaSet[]) {
    this.#tx = tx;
    this.#d = d;
    this.#newSet = findNewSet(d, sets);
    this.#oldSets = sets.filter((set) => set !== this.#newSet);
  }

  /** Does what is to be done now, and returns the status to write. */
  step(): DeploymentStatus {
    if (this.#d.metadata.deletionTimestamp) return countedStatus(this.#d, this.#sets, this.#tx.nowMs);
    this.#notePause();
    if (this.#d.spec?.paused || isScalingEvent(this.#d, this.#all)) return this.#scale();
    return isRolling(this.#d) ? this.#roll() : this.#recreate();
  }

  #scale(): DeploymentStatus {
    if (this.#newSet) this.#adoptRevision(this.#newSet);
    this.#resize(planScaling(this.#d, this.#newSet, this.#oldSets));
    if (this.#d.spec?.paused) this.#cleanUp();
    return countedStatus(this.#d, this.#sets, this.#tx.nowMs);
  }

  #roll(): DeploymentStatus {
    const newSet = this.#ensureNewSet();
    if (newSet) this.#resize(planRollingStep(this.#d, newSet, this.#oldSets));
    return this.#finish();
  }

  /** All old pods are gone before the first new one comes. */
  #recreate(): DeploymentStatus {
    if (this.#newSet) this.#adoptRevision(this.#newSet);
    const active = this.#oldSets.filter(isActiveSet);
    if (active.length > 0) {
      this.#resize(active.map((set) => ({ set, replicas: 0 })));
      return this.#finish();
    }
    if (this.#oldSets.some((set) => this.#hasPods(set))) return this.#finish();
    const newSet = this.#ensureNewSet();
    if (newSet && sizeOf(newSet) !== wantedReplicas(this.#d)) this.#resize([{ set: newSet, replicas: wantedReplicas(this.#d) }]);
    return this.#finish();
  }

  #finish(): DeploymentStatus {
    const status = rolloutStatus(this.#d, this.#sets, this.#tx.nowMs);
    if (isComplete(this.#d, status)) this.#cleanUp();
    return status;
  }

  get #all(): ReplicaSet[] { return this.#newSet ? [...this.#oldSets, this.#newSet] : this.#oldSets; }
  get #sets() { return { newSet: this.#newSet, oldSets: this.#oldSets }; }

  #ensureNewSet(): ReplicaSet | undefined {
    if (this.#newSet) {
      this.#adoptRevision(this.#newSet);
      this.#noteProgress(PROGRESS.found, `Found new replica set "${this.#newSet.metadata.name}"`, { onlyFirst: true });
      return this.#newSet;
    }
    const planned = newReplicaSet(this.#d, this.#oldSets, nextRevision(this.#oldSets));
    try {
      this.#newSet = this.#tx.create(replicaSetKind, planned);
    } catch (error) {
      this.#refused(planned, error);
      return undefined;
    }
    this.#event(`Scaled up replica set ${planned.metadata.name} from 0 to ${sizeOf(planned)}`, sizeOf(planned) > 0);
    this.#noteRevision(this.#newSet);
    this.#noteProgress(PROGRESS.created, `Created new replica set "${planned.metadata.name}"`);
    return this.#newSet;
  }

  /** A foreign set of the same name is a collision of hashes: the next attempt counts on. Other refusals are told. */
  #refused(planned: ReplicaSet, error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    if (error.reason === "AlreadyExists") {
      const there = this.#tx.get(replicaSetKind, planned.metadata.namespace, planned.metadata.name!);
      if (there && controllerOf(there)?.uid === this.#d.metadata.uid && sameTemplate(there.spec?.template, planned.spec?.template)) return;
      this.#setStatus((status) => ({ ...status, collisionCount: (status.collisionCount ?? 0) + 1 }));
      this.#tx.enqueue(deploymentController.name, `${this.#d.metadata.namespace}/${this.#d.metadata.name}`);
      return;
    }
    this.#tx.event(this.#d, { type: "Warning", reason: "ReplicaSetCreateError", message: `Failed to create new replica set "${planned.metadata.name}": ${error.message}`, source: deploymentController.name });
    this.#noteProgress("ReplicaSetCreateError", `Failed to create new replica set "${planned.metadata.name}": ${error.message}`, { status: "False" });
  }

  #adoptRevision(set: ReplicaSet): void {
    const annotations = currentAnnotations(this.#d, set, nextRevision(this.#oldSets));
    this.#newSet = this.#tx.update(replicaSetKind, set.metadata.namespace, set.metadata.name!, (draft) => {
      draft.metadata.annotations = annotations;
      draft.spec!.minReadySeconds = this.#d.spec?.minReadySeconds;
    }) ?? set;
    this.#noteRevision(this.#newSet);
  }

  #noteRevision(set: ReplicaSet): void {
    const revision = set.metadata.annotations?.[REVISION];
    if (revision === undefined || this.#d.metadata.annotations?.[REVISION] === revision) return;
    this.#d = this.#tx.update(deploymentKind, this.#d.metadata.namespace, this.#d.metadata.name!, (draft) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, [REVISION]: revision };
    }) ?? this.#d;
  }

  #resize(plan: Resize): void {
    for (const { set, replicas } of plan) {
      const before = sizeOf(set);
      const after = this.#tx.update(replicaSetKind, set.metadata.namespace, set.metadata.name!, (draft) => {
        draft.spec!.replicas = replicas;
        draft.metadata.annotations = { ...draft.metadata.annotations, ...sizedFor(this.#d) };
      }) ?? set;
      if (set === this.#newSet) this.#newSet = after;
      else this.#oldSets = this.#oldSets.map((old) => (old === set ? after : old));
      this.#event(`Scaled ${replicas > before ? "up" : "down"} replica set ${set.metadata.name} from ${before} to ${replicas}`, replicas !== before);
    }
  }

  #cleanUp(): void {
    for (const set of planCleanup(this.#d, this.#oldSets)) {
      this.#tx.delete(replicaSetKind, set.metadata.namespace, set.metadata.name!, { preconditions: { uid: set.metadata.uid } });
      this.#oldSets = this.#oldSets.filter((old) => old !== set);
    }
  }

  #hasPods(set: ReplicaSet): boolean {
    return this.#tx.ownedBy(set.metadata.uid!, podKind).some((pod) => pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed");
  }

  #notePause(): void {
    if (deadlineSeconds(this.#d) === undefined) return;
    const reason = conditionOf(this.#d.status?.conditions, "Progressing")?.reason;
    if (reason === PROGRESS.timedOut) return;
    if (this.#d.spec?.paused && reason !== PROGRESS.paused) this.#noteProgress(PROGRESS.paused, "Deployment is paused", { status: "Unknown" });
    if (!this.#d.spec?.paused && reason === PROGRESS.paused) this.#noteProgress(PROGRESS.resumed, "Deployment is resumed", { status: "Unknown" });
  }

  #noteProgress(reason: string, message: string, { status = "True", onlyFirst = false } = {}): void {
    if (deadlineSeconds(this.#d) === undefined) return;
    if (onlyFirst && conditionOf(this.#d.status?.conditions, "Progressing")) return;
    this.#setStatus((before) => ({ ...before, conditions: withCondition(before.conditions ?? [], { type: "Progressing", status, reason, message }, this.#tx.nowMs) }));
  }

  /** In memory: it becomes part of the status that the step returns. */
  #setStatus(change: (status: DeploymentStatus) => DeploymentStatus): void {
    this.#d = { ...this.#d, status: change(this.#d.status ?? {}) };
  }

  #event(message: string, worthTelling: boolean): void {
    if (worthTelling) this.#tx.event(this.#d, { type: "Normal", reason: "ScalingReplicaSet", message, source: deploymentController.name });
  }
}

function* ownerKeys(change: Change<ReplicaSet>, reader: Reader): Iterable<string> {
  for (const owner of new Set([controllerOf(change.object), change.previous && controllerOf(change.previous)])) {
    if (owner?.kind === deploymentKind.kind) yield `${change.object.metadata.namespace}/${owner.name}`;
  }
  if (controllerOf(change.object) || change.type === "DELETED") return;
  for (const d of reader.list(deploymentKind, { namespace: change.object.metadata.namespace })) yield `${d.metadata.namespace}/${d.metadata.name}`;
}

/** A Recreate rollout goes on when the last old pod is gone, which no ReplicaSet's status tells. */
function* lastPodKeys(change: Change<Pod>, reader: Reader): Iterable<string> {
  if (change.type !== "DELETED") return;
  const set = ownerObject(change.object, reader);
  const owner = set && controllerOf(set);
  const d = owner && reader.get(deploymentKind, change.object.metadata.namespace, owner.name);
  if (d?.spec?.strategy?.type === "Recreate") yield `${d.metadata.namespace}/${d.metadata.name}`;
}

function ownerObject(obj: KubeObject, reader: Reader): ReplicaSet | undefined {
  const owner = controllerOf(obj);
  return owner?.kind === replicaSetKind.kind ? reader.get(replicaSetKind, obj.metadata.namespace, owner.name) : undefined;
}
