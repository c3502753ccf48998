import { node as nodeKind } from "../../src/kinds/core/node/kind.ts";
import { pod as podKind } from "../../src/kinds/core/pod/kind.ts";
import type { Reader, Transaction } from "../../src/kinds/transaction.ts";
import type { Node, Pod } from "../../src/kinds/types/core-v1.generated.ts";
import { formatTime } from "../../src/kinds/values/time.ts";

/** Stands in for the agents of a test's nodes: what they would report, without anything running. */
export class HollowAgents {
  readonly #isConnected: (node: string) => boolean;
  #addresses = 0;

  constructor(isConnected: (node: string) => boolean) { this.#isConnected = isConnected; }

  reportReady(tx: Transaction, name: string): Node {
    const now = formatTime(tx.nowMs);
    const healthy = ["MemoryPressure", "DiskPressure", "PIDPressure"].map((type) =>
      ({ type, status: "False" as const, lastHeartbeatTime: now, lastTransitionTime: now, reason: "KubeletHasNo", message: "" }));
    tx.update<Node>(nodeKind, undefined, name, (draft) => {
      draft.status = { ...draft.status, conditions: [...healthy, { type: "Ready", status: "True", lastHeartbeatTime: now, lastTransitionTime: now, reason: "KubeletReady", message: "kubelet is posting ready status" }] };
    }, { subresource: "status" });
    return tx.update<Node>(nodeKind, undefined, name, (draft) => {
      if (draft.spec) draft.spec.taints = draft.spec.taints?.filter((t) => t.key !== "node.kubernetes.io/not-ready");
    })!;
  }

  /** Pods for which their agent has something to do. */
  waiting(reader: Reader): Pod[] {
    return reader.list<Pod>(podKind).filter((pod) => {
      const node = pod.spec?.nodeName;
      if (!node || !this.#isConnected(node)) return false;
      return pod.metadata.deletionTimestamp ? !pod.metadata.finalizers?.length || isReady(pod) : pod.status?.phase === "Pending";
    });
  }

  act(tx: Transaction, pod: Pod): void {
    const { namespace, name } = pod.metadata;
    if (!pod.metadata.deletionTimestamp) return this.#run(tx, pod);
    if (pod.metadata.finalizers?.length) this.finish(tx, pod);
    tx.delete(podKind, namespace, name!, { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } });
  }

  /** All containers end. */
  finish(tx: Transaction, pod: Pod, phase: "Succeeded" | "Failed" = "Succeeded"): void {
    const now = formatTime(tx.nowMs);
    tx.update<Pod>(podKind, pod.metadata.namespace, pod.metadata.name!, (draft) => {
      draft.status = { ...draft.status, phase, conditions: conditions("False", now) };
    }, { subresource: "status" });
  }

  #run(tx: Transaction, pod: Pod): void {
    const now = formatTime(tx.nowMs);
    const n = ++this.#addresses;
    const podIP = `10.244.${Math.floor(n / 250)}.${(n % 250) + 2}`;
    tx.update<Pod>(podKind, pod.metadata.namespace, pod.metadata.name!, (draft) => {
      draft.status = {
        ...draft.status, phase: "Running", podIP, podIPs: [{ ip: podIP }], hostIP: "192.168.0.1", hostIPs: [{ ip: "192.168.0.1" }], startTime: now, conditions: conditions("True", now),
        containerStatuses: (draft.spec?.containers ?? []).map((c) => ({
          name: c.name!, image: c.image ?? "", imageID: "", ready: true, started: true, restartCount: 0, state: { running: { startedAt: now } }, containerID: `hollow://${n}`,
        })),
      };
    }, { subresource: "status" });
  }
}

const conditions = (status: "True" | "False", now: string) =>
  [{ type: "PodScheduled", status: "True" as const, lastTransitionTime: now },
    ...["Initialized", "ContainersReady", "Ready"].map((type) => ({ type, status, lastTransitionTime: now }))];

const isReady = (pod: Pod): boolean => pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;
