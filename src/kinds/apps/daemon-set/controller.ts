import { itself, objectKey, splitKey, type Controller } from "../../../controllers/controller.ts";
import { claim } from "../../../controllers/ownership.ts";
import { Pace } from "../../../controllers/pace.ts";
import { deepEqual } from "../../../lib/deep-equal.ts";
import { ApiError } from "../../../lib/errors.ts";
import { node as nodeKind } from "../../core/node/kind.ts";
import { pod as podKind } from "../../core/pod/kind.ts";
import type { Change } from "../../kind.ts";
import type { Reader, Transaction } from "../../transaction.ts";
import type { DaemonSet } from "../../types/apps-v1.generated.ts";
import type { Node, Pod } from "../../types/core-v1.generated.ts";
import { isNamespaceTerminating } from "../namespace-terminating.ts";
import { podFromTemplate } from "../pod-from-template.ts";
import { podKeys } from "../pod-keys.ts";
import { forgetRevisions, syncRevisions } from "../revision-history.ts";
import { daemonSet as daemonSetKind } from "./kind.ts";
import { fitnessOf, specForNode, targetNode } from "./placement.ts";
import { HASH_LABEL, planPlacement, planUpdate, type Place, type Situation } from "./plan.ts";
import { planStatus } from "./status.ts";
import { templateGenerationOf } from "./template-generation.ts";

const SOURCE = "daemonset-controller";
const REFUSED_RETRY_MS = 5_000;
/** A burst is cut into rounds. */
const ACTIONS_PER_ROUND = 50;
const pace = new Pace({ restful: 100, msPerObject: 0.5 });

/** Keeps a pod of a DaemonSet on every fit node, and rolls them (plan.ts). The scheduler binds them. */
export const daemonSetController: Controller = {
  name: SOURCE,
  watches: [
    itself(daemonSetKind),
    { kind: podKind, keys: podKeys(daemonSetKind, (set) => set.spec?.selector, (pod) => [pod.status?.phase, pod.spec?.nodeName]) },
    { kind: nodeKind, keys: nodeKeys },
  ],
  reconcile(tx, key) {
    const { namespace, name } = splitKey(key);
    const set = tx.get(daemonSetKind, namespace, name);
    if (!set || set.metadata.deletionTimestamp) return;
    const restMs = pace.restMs(tx, key);
    if (restMs > 0) return { requeueAfterMs: restMs };
    const history = syncRevisions(tx, daemonSetKind, set, { hash: HASH_LABEL });
    const hash = history.present.metadata.labels![HASH_LABEL]!;
    const step = new Step(tx, set, hash);
    const waitMs = step.run();
    const situation = step.look();
    const { status, availableChangesInMs } = planStatus(situation, history.collisionCount);
    tx.update(daemonSetKind, namespace, name, (draft) => { draft.status = status; }, { subresource: "status" });
    const used = new Set([hash, ...step.pods().map((pod) => pod.metadata.labels?.[HASH_LABEL] ?? "")]);
    forgetRevisions(tx, set, history.revisions, (revision) => used.has(revision.metadata.labels?.[HASH_LABEL] ?? ""));
    if (step.moreWork && !step.refused) return { requeueAfterMs: 0 };
    pace.looked(tx, key, situation.places.length);
    const waits = [step.refused ? REFUSED_RETRY_MS : undefined, waitMs, availableChangesInMs].filter((wait) => wait !== undefined);
    if (waits.length > 0) return { requeueAfterMs: Math.min(...waits) };
  },
};

class Step {
  readonly #tx: Transaction;
  readonly #set: DaemonSet;
  readonly #hash: string;
  refused = false;
  moreWork = false;
  #left = ACTIONS_PER_ROUND;

  constructor(tx: Transaction, set: DaemonSet, hash: string) {
    this.#tx = tx;
    this.#set = set;
    this.#hash = hash;
  }

  /** Places first, then rolls on from what is there after it. Returns when to look again at what failed. */
  run(): number | undefined {
    const before = this.look();
    const plan = planPlacement(before);
    for (const { pod, node } of plan.failed) {
      this.#event("Warning", "FailedDaemonPod", `Found failed daemon pod ${objectKey(pod)} on node ${node}, will try to kill it`);
      this.#remove(pod);
    }
    this.#act({ ...plan, remove: [...plan.remove, ...this.#withoutNode(before)] });
    if (this.#set.spec?.updateStrategy?.type === "RollingUpdate" && !this.moreWork && !this.refused) this.#act(planUpdate(this.look()));
    return plan.waitMs;
  }

  pods(): Pod[] {
    return claim(this.#tx, { kind: daemonSetKind, object: this.#set, selector: this.#set.spec?.selector }, podKind);
  }

  look(): Situation {
    const byNode = Map.groupBy(this.pods(), (pod) => targetNode(pod) ?? "");
    const places: Place[] = this.#tx.list(nodeKind).map((node) => ({ node: node.metadata.name!, pods: byNode.get(node.metadata.name!) ?? [], ...fitnessOf(this.#set, node) }));
    return { set: this.#set, places, hash: this.#hash, nowMs: this.#tx.nowMs };
  }

  /** Pods that wait for a node that is gone: no node's agent and no garbage collection would end them. */
  #withoutNode({ places }: Situation): Pod[] {
    const nodes = new Set(places.map(({ node }) => node));
    return this.pods().filter((pod) => !pod.metadata.deletionTimestamp && !pod.spec?.nodeName && !nodes.has(targetNode(pod) ?? ""));
  }

  #act({ create, remove }: { create: readonly string[]; remove: readonly Pod[] }): void {
    for (const node of create) if (this.#hasTurn() && !this.#create(node)) break;
    for (const pod of remove) if (this.#hasTurn()) this.#remove(pod);
  }

  #hasTurn(): boolean {
    if (--this.#left >= 0) return true;
    this.moreWork = true;
    return false;
  }

  #create(node: string): boolean {
    const template = this.#set.spec!.template;
    const labels = { ...template.metadata?.labels, [HASH_LABEL]: this.#hash, "pod-template-generation": String(templateGenerationOf(this.#set)) };
    const made = podFromTemplate(daemonSetKind, this.#set, { metadata: { ...template.metadata, labels }, spec: specForNode(template.spec!, node) });
    try {
      const pod = this.#tx.create(podKind, made);
      this.#event("Normal", "SuccessfulCreate", `Created pod: ${pod.metadata.name}`);
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (isNamespaceTerminating(error)) return false;
      this.#event("Warning", "FailedCreate", `Error creating: ${error.message}`);
      this.refused = true;
      return false;
    }
  }

  #remove(pod: Pod): void {
    try {
      this.#tx.delete(podKind, pod.metadata.namespace, pod.metadata.name!, { preconditions: { uid: pod.metadata.uid } });
      this.#event("Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#event("Warning", "FailedDelete", `Error deleting: ${error.message}`);
      this.refused = true;
    }
  }

  #event(type: "Normal" | "Warning", reason: string, message: string): void {
    this.#tx.event(this.#set, { type, reason, message, source: SOURCE });
  }
}

/** What decides whether a daemon belongs on a node. */
function* nodeKeys({ type, object, previous }: Change<Node>, reader: Reader): Iterable<string> {
  const relevant = ({ metadata, spec }: Node) => [metadata.labels, spec?.taints?.map(({ timeAdded: _, ...taint }) => taint), spec?.unschedulable];
  if (previous && type === "MODIFIED" && deepEqual(relevant(object), relevant(previous))) return;
  for (const set of reader.list(daemonSetKind)) yield objectKey(set);
}
