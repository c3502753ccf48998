import { roundUpToMilli } from "../../pod-spec/quantity-checks.ts";
import type { ResourceQuota } from "../../types/core-v1.generated.ts";

export function defaultResourceQuota(obj: ResourceQuota): void {
  for (const list of [obj.spec?.hard, obj.status?.hard, obj.status?.used]) {
    for (const name in list) list[name] = roundUpToMilli(list[name]!);
  }
}
