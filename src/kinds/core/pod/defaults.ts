import { defaultPodOnly, defaultPodSpec } from "../../pod-spec/defaults.ts";
import type { Pod } from "../../types/core-v1.generated.ts";

export function defaultPod(obj: Pod): void {
  obj.spec ??= { containers: [] };
  obj.status ??= {};
  defaultPodOnly(obj.spec);
  defaultPodSpec(obj.spec);
  // On pods alone; templates keep what they say.
  if (obj.spec.terminationGracePeriodSeconds! < 0) obj.spec.terminationGracePeriodSeconds = 1;
  defaultAddresses(obj.status);
}

/** The single address is the first of the list; older writers set only it, and then it wins. */
function defaultAddresses(status: NonNullable<Pod["status"]>): void {
  if (status.podIP && status.podIP !== status.podIPs?.[0]?.ip) status.podIPs = [{ ip: status.podIP }];
  else if (!status.podIP && status.podIPs?.[0]?.ip) status.podIP = status.podIPs[0].ip;
  if (status.hostIP && status.hostIP !== status.hostIPs?.[0]?.ip) status.hostIPs = [{ ip: status.hostIP }];
}
