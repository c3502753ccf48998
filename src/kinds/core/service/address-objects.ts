import type { Change, WriteContext } from "../../kind.ts";
import { ipAddress } from "../../networking/ip-address/kind.ts";
import type { Transaction } from "../../transaction.ts";
import type { Service } from "../../types/core-v1.generated.ts";
import type { IPAddress, ParentReference } from "../../types/networking-v1.generated.ts";
import { formatIp, parseIp } from "../../values/ip.ts";
import { addressesOf } from "./cluster-ips.ts";
import { sameTexts } from "./traits.ts";

export const FAMILY_LABEL = "ipaddress.kubernetes.io/ip-family";
export const MANAGED_BY_LABEL = "ipaddress.kubernetes.io/managed-by";
export const ALLOCATOR = "ipallocator.k8s.io";

/** An IPAddress comes and goes in the transaction in which a service gets or gives back its address. */
export function keepAddressObjects({ type, object, previous }: Change<Service>, { tx }: WriteContext): void {
  const before = addressNames(previous);
  const after = type === "DELETED" ? [] : addressNames(object);
  if (sameTexts(before, after)) return;
  for (const name of before) if (!after.includes(name)) release(tx, name, object);
  for (const name of after) if (!before.includes(name) && !tx.get(ipAddress, undefined, name)) holdAddress(tx, name, object);
}

/** The names of a service's IPAddresses: canonical, however its author wrote the addresses. */
export const addressNames = (service: Service | undefined): string[] => addressesOf(service?.spec).flatMap((text) => {
  const ip = parseIp(text);
  return ip ? [formatIp(ip)] : [];
});

export const familyOf = (name: string): "IPv4" | "IPv6" => (name.includes(":") ? "IPv6" : "IPv4");

export function holdAddress(tx: Transaction, name: string, { metadata }: Service): void {
  tx.create<IPAddress>(ipAddress, {
    metadata: { name, labels: { [FAMILY_LABEL]: familyOf(name), [MANAGED_BY_LABEL]: ALLOCATOR } },
    spec: { parentRef: { resource: "services", namespace: metadata.namespace!, name: metadata.name! } },
  }, { fieldManager: "kube-apiserver" });
}

function release(tx: Transaction, name: string, service: Service): void {
  if (isParent(tx.get<IPAddress>(ipAddress, undefined, name)?.spec?.parentRef, service)) tx.delete(ipAddress, undefined, name);
}

export const isParent = (ref: ParentReference | undefined, { metadata }: Service): boolean =>
  !ref?.group && ref?.resource === "services" && ref.namespace === metadata.namespace && ref.name === metadata.name;
