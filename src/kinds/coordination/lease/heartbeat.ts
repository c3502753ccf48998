import type { ReadContext } from "../../kind.ts";
import type { Lease } from "../../types/coordination-v1.generated.ts";
import { formatMicroTime } from "../../values/time.ts";

/** The lease of a node whose agent is connected: its renewal is the last sign of life on the socket. */
export function renewedByHeartbeat(obj: Lease, { cluster }: ReadContext): Lease {
  if (obj.metadata.namespace !== "kube-node-lease") return obj;
  const heartbeatMs = cluster.nodeHeartbeatMs(obj.metadata.name!);
  if (heartbeatMs === undefined || Date.parse(obj.spec?.renewTime ?? "") > heartbeatMs) return obj;
  return { ...obj, spec: { ...obj.spec, renewTime: formatMicroTime(heartbeatMs) } };
}
