import { roundUpToMilli } from "../../pod-spec/quantity-checks.ts";
import type { LimitRange, LimitRangeItem } from "../../types/core-v1.generated.ts";

export function defaultLimitRange(obj: LimitRange): void {
  for (const item of obj.spec?.limits ?? []) {
    for (const list of [item.max, item.min, item.default, item.defaultRequest, item.maxLimitRequestRatio]) {
      for (const name in list) list[name] = roundUpToMilli(list[name]!);
    }
    if (item.type === "Container") defaultContainerLimits(item);
  }
}

/** The default limit is the maximum, the default request the default limit or else the minimum. */
function defaultContainerLimits(item: LimitRangeItem): void {
  const limits = { ...item.max, ...item.default };
  const requests = { ...item.min, ...limits, ...item.defaultRequest };
  if (Object.keys(limits).length > 0) item.default = limits;
  if (Object.keys(requests).length > 0) item.defaultRequest = requests;
}
