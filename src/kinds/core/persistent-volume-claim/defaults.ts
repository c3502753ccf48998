import { roundUpToMilli } from "../../pod-spec/quantity-checks.ts";
import type { PersistentVolumeClaim } from "../../types/core-v1.generated.ts";
import { defaultClaimSpec } from "./spec.ts";

export function defaultClaim(obj: PersistentVolumeClaim): void {
  defaultClaimSpec((obj.spec ??= {}));
  obj.status ??= {};
  obj.status.phase ||= "Pending";
  for (const list of [obj.status.capacity, obj.status.allocatedResources]) {
    for (const name in list) list[name] = roundUpToMilli(list[name]!);
  }
}
