import type { ResourceClaim } from "../../../types/resource-v1.generated.ts";
import { addQuantity, compareQuantity, quantityFromUnits, type Quantity } from "../../../values/quantity.ts";
import type { Evaluator, Usage } from "./evaluator.ts";

const COUNT = "count/resourceclaims.resource.k8s.io";
/** `gpu.example.com.deviceclass.resource.k8s.io/devices` */
const BY_CLASS = ".deviceclass.resource.k8s.io/devices";
/** More than this a claim never gets: AllocationResultsMaxSize. */
const DEVICES_MAX = 32;

/** Claims of devices, by the classes that they ask for. Where a request leaves a choice, the dearest of each class counts. */
export const resourceClaims: Evaluator = {
  concerns: (name) => name === COUNT || name.endsWith(BY_CLASS),
  usage,
};

type Asked = { deviceClassName?: string; allocationMode?: string; count?: number };

function usage({ spec }: ResourceClaim): Usage {
  const used: Record<string, Quantity> = { [COUNT]: quantityFromUnits(1) };
  for (const request of spec?.devices?.requests ?? []) {
    const choices = request.firstAvailable?.length ? request.firstAvailable : request.exactly ? [request.exactly] : [];
    for (const [name, amount] of dearest(choices)) used[name] = used[name] ? addQuantity(used[name], amount) : amount;
  }
  return used;
}

function dearest(choices: readonly Asked[]): Map<string, Quantity> {
  const most = new Map<string, Quantity>();
  for (const choice of choices) {
    const name = `${choice.deviceClassName}${BY_CLASS}`;
    const amount = quantityFromUnits(choice.allocationMode === "All" ? DEVICES_MAX : Number(choice.count ?? 1));
    const known = most.get(name);
    if (!known || compareQuantity(amount, known) > 0) most.set(name, amount);
  }
  return most;
}
