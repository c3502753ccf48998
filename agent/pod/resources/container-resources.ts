/** Requests and limits of a container as CRI's Linux resources. */
import { quantityMilli, quantityUnits } from "../../../src/kinds/values/quantity.ts";
import type { LinuxContainerResources } from "../../cri/messages.ts";
import type { NamedContainer, Pod } from "../types.ts";
import { CPU_PERIOD_US, cpuQuota, cpuShares } from "./cgroup.ts";
import { oomScoreAdjust } from "./qos.ts";

export function containerResources(pod: Pod, container: NamedContainer, memoryCapacityBytes: number): LinuxContainerResources {
  const limits = container.resources?.limits ?? {};
  const requests = container.resources?.requests ?? {};
  const cpuLimit = limits["cpu"] ? quantityMilli(limits["cpu"]) : 0;
  const cpuRequest = requests["cpu"] ? quantityMilli(requests["cpu"]) : cpuLimit;
  const memory = limits["memory"] ? quantityUnits(limits["memory"]) : 0;
  const hugepageLimits = Object.entries(limits).filter(([name]) => name.startsWith("hugepages-"))
    .map(([name, value]) => ({ pageSize: `${name.slice("hugepages-".length).replace(/i$/, "")}B`, limit: quantityUnits(value) }));
  return {
    cpuShares: cpuShares(cpuRequest), oomScoreAdj: oomScoreAdjust(pod, container, memoryCapacityBytes),
    ...(cpuLimit && { cpuQuota: cpuQuota(cpuLimit), cpuPeriod: CPU_PERIOD_US }), ...(memory && { memoryLimitInBytes: memory }),
    ...(hugepageLimits.length > 0 && { hugepageLimits }),
  };
}
