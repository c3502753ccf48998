import { defaultResourceList } from "../../pod-spec/defaults.ts";
import type { Node } from "../../types/core-v1.generated.ts";

export function defaultNode(obj: Node): void {
  obj.spec ??= {};
  obj.status ??= {};
  const { spec, status } = obj;
  if (!status.allocatable && status.capacity) status.allocatable = { ...status.capacity };
  if (status.capacity) defaultResourceList(status.capacity);
  if (status.allocatable) defaultResourceList(status.allocatable);
  // podCIDR is the first of podCIDRs; where older clients set only it, or another one, it wins.
  if (spec.podCIDR && spec.podCIDR !== spec.podCIDRs?.[0]) spec.podCIDRs = [spec.podCIDR];
  else if (spec.podCIDRs?.length) spec.podCIDR = spec.podCIDRs[0];
}
