import { addQuantity, compareQuantity, type Quantity, zeroQuantity } from "../../values/quantity.ts";
import { quantityOf } from "../../pod-spec/quantity-checks.ts";
import type { PodSpec, ResourceRequirements } from "../../types/core-v1.generated.ts";

/**
 * How well a pod is served when memory runs out: Guaranteed when every container has limits of CPU and memory equal to its
 * requests, BestEffort when none asks for anything, else Burstable. Pod-level resources take the containers' place.
 */
export function qosClass(spec: PodSpec): "Guaranteed" | "Burstable" | "BestEffort" {
  const parts: (ResourceRequirements | undefined)[] = hasPodLevel(spec)
    ? [spec.resources]
    : [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((container) => container.resources);
  const requests = new Map<string, Quantity>();
  const limits = new Map<string, Quantity>();
  let isGuaranteed = true;
  for (const part of parts) {
    addCounted(requests, part?.requests);
    if (!addCounted(limits, part?.limits)) isGuaranteed = false;
  }
  if (requests.size === 0 && limits.size === 0) return "BestEffort";
  return isGuaranteed && sameLists(requests, limits) ? "Guaranteed" : "Burstable";
}

const hasPodLevel = ({ resources }: PodSpec): boolean =>
  Object.keys(resources?.limits ?? {}).length > 0 || Object.keys(resources?.requests ?? {}).length > 0;

/** Only CPU and memory count, and only above zero. Tells whether both were there. */
function addCounted(sums: Map<string, Quantity>, list: Record<string, string> | undefined): boolean {
  let found = 0;
  for (const name of ["cpu", "memory"]) {
    const quantity = quantityOf(list?.[name]);
    if (quantity.nano <= 0n) continue;
    found++;
    sums.set(name, addQuantity(sums.get(name) ?? zeroQuantity, quantity));
  }
  return found === 2;
}

function sameLists(requests: Map<string, Quantity>, limits: Map<string, Quantity>): boolean {
  if (requests.size !== limits.size) return false;
  for (const [name, limit] of limits) {
    const request = requests.get(name);
    if (!request || compareQuantity(request, limit) !== 0) return false;
  }
  return true;
}
