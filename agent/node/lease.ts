import { ApiFailure, type ApiSocket } from "../api/socket.ts";
import type { Clock } from "../clock.ts";

const LEASE_SECONDS = 40;

/** The node's Lease, for clients that look at it. Made once: the control plane shows our heartbeats in it, so it is never renewed by a write. */
export async function ensureLease(api: ApiSocket, clock: Clock, node: { name: string; uid: string }): Promise<void> {
  const path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
  try {
    await api.call("GET", `${path}/${node.name}`);
    return;
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.code !== 404) throw error;
  }
  await api.call("POST", path, {
    apiVersion: "coordination.k8s.io/v1", kind: "Lease",
    metadata: { name: node.name, namespace: "kube-node-lease", ownerReferences: [{ apiVersion: "v1", kind: "Node", name: node.name, uid: node.uid }] },
    spec: { holderIdentity: node.name, leaseDurationSeconds: LEASE_SECONDS, renewTime: `${new Date(clock.now()).toISOString().slice(0, -1)}000Z` },
  });
}
