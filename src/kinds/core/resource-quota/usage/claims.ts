import { quantityOf } from "../../../pod-spec/quantity-checks.ts";
import type { PersistentVolumeClaim } from "../../../types/core-v1.generated.ts";
import { compareQuantity, quantityFromUnits, type Quantity } from "../../../values/quantity.ts";
import { matchesName, type Evaluator, type Usage } from "./evaluator.ts";

const COUNT = "count/persistentvolumeclaims";
const OWN = ["persistentvolumeclaims", "requests.storage"];
/** `gold.storageclass.storage.k8s.io/requests.storage` */
const BY_CLASS = ".storageclass.storage.k8s.io/";
const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
const ONE = quantityFromUnits(1);
const NANO_PER_UNIT = 1_000_000_000n;

export const claims: Evaluator = {
  concerns: (name) => name === COUNT || OWN.includes(name) || OWN.some((own) => name.endsWith(BY_CLASS + own)),
  usage,
  matchesScope(scope, obj: PersistentVolumeClaim) {
    if (scope.scopeName !== "VolumeAttributesClass") return false;
    const names = attributesClasses(obj);
    return names.length === 0 ? matchesName(scope, undefined) : names.some((name) => matchesName(scope, name));
  },
  checksUpdate: (obj, old, subresource) => subresource === undefined || (subresource === "status" && recounts(obj, old)),
  recounts,
};

function usage(obj: PersistentVolumeClaim): Usage {
  const own: Record<string, Quantity> = { persistentvolumeclaims: ONE };
  const storage = storageOf(obj);
  if (storage) own["requests.storage"] = storage;
  const className = obj.metadata.annotations?.[CLASS_ANNOTATION] ?? obj.spec?.storageClassName;
  const byClass = className ? Object.entries(own).map(([name, amount]) => [`${className}${BY_CLASS}${name}`, amount] as const) : [];
  return { [COUNT]: ONE, ...own, ...Object.fromEntries(byClass) };
}

/** In whole bytes; what was allocated for a larger size that failed still counts. */
function storageOf({ spec, status }: PersistentVolumeClaim): Quantity | undefined {
  const wanted = spec?.resources?.requests?.storage;
  if (wanted === undefined) return undefined;
  const allocated = quantityOf(status?.allocatedResources?.storage);
  return whole(compareQuantity(allocated, quantityOf(wanted)) > 0 ? allocated : quantityOf(wanted));
}

const whole = (amount: Quantity): Quantity =>
  (amount.nano % NANO_PER_UNIT === 0n ? amount : { ...amount, nano: (amount.nano / NANO_PER_UNIT + 1n) * NANO_PER_UNIT });

const attributesClasses = ({ spec, status }: PersistentVolumeClaim): string[] => [...new Set(
  [spec?.volumeAttributesClassName, status?.currentVolumeAttributesClassName, status?.modifyVolumeStatus?.targetVolumeAttributesClassName].filter((name) => name !== undefined && name !== ""),
)] as string[];

function recounts(obj: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  return obj.status?.allocatedResources?.storage !== old.status?.allocatedResources?.storage
    || obj.spec?.resources?.requests?.storage !== old.spec?.resources?.requests?.storage
    || attributesClasses(obj).join() !== attributesClasses(old).join();
}
