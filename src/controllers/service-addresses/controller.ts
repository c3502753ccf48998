import { addressNames, ALLOCATOR, FAMILY_LABEL, familyOf, holdAddress, isParent, MANAGED_BY_LABEL } from "../../kinds/core/service/address-objects.ts";
import { service } from "../../kinds/core/service/kind.ts";
import { ipAddress } from "../../kinds/networking/ip-address/kind.ts";
import { rangesAround } from "../../kinds/networking/service-cidr/ranges.ts";
import type { Transaction } from "../../kinds/transaction.ts";
import type { Service } from "../../kinds/types/core-v1.generated.ts";
import type { IPAddress } from "../../kinds/types/networking-v1.generated.ts";
import { parseIp } from "../../kinds/values/ip.ts";
import { itself, splitKey, type Controller } from "../controller.ts";

const SOURCE = "ipallocator-repair-controller";
const WARNING = { type: "Warning", source: SOURCE } as const;

/**
 * Proves that each Service's addresses are its own, and mends what is not so: an IPAddress that was deleted, changed or
 * left behind. Services and IPAddresses are written in one transaction, so it only finds what somebody did by hand. Its
 * events are upstream's. A key is a Service's (`namespace/name`) or an address.
 */
export const serviceAddressesController: Controller = {
  name: SOURCE,
  watches: [
    { kind: service, keys: ({ type, object, previous }) => (type !== "DELETED" && !sameAddresses(object, previous) ? [`${object.metadata.namespace}/${object.metadata.name}`] : []) },
    itself(ipAddress),
    // Whose address it was, or whose it seems to be.
    { kind: ipAddress, keys: ({ object }, reader) => reader.list(service, { field: { path: "spec.clusterIP", value: object.metadata.name! } }).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`) },
    { kind: ipAddress, keys: ({ object }, reader) => reader.list(service, { field: { path: "secondaryClusterIP", value: object.metadata.name! } }).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`) },
  ],
  reconcile(tx, key) {
    if (!key.includes("/")) return checkAddress(tx, key);
    const { namespace, name } = splitKey(key);
    const owner = tx.get(service, namespace, name);
    for (const address of addressNames(owner)) checkHolder(tx, address, owner!);
  },
};

const sameAddresses = (now: Service, before: Service | undefined): boolean => addressNames(now).join() === addressNames(before).join();

/** An IPAddress of ours stands for an address that its Service has. */
function checkAddress(tx: Transaction, name: string): void {
  const found = tx.get<IPAddress>(ipAddress, undefined, name);
  if (found?.metadata.labels?.[MANAGED_BY_LABEL] !== ALLOCATOR || found.metadata.deletionTimestamp) return;
  const { group, resource, namespace, name: parentName } = found.spec?.parentRef ?? { resource: "", name: "" };
  const isService = !group && resource === "services";
  const owner = isService ? tx.get(service, namespace, parentName) : undefined;
  if (owner && addressNames(owner).includes(name)) return;
  const [reason, what] = !isService ? ["IPAddressNotAllocated", `IPAddress ${name} appears to have been modified, not referencing a Service: cleaning up`]
    : owner ? ["IPAddressWrongReference", `IPAddress: ${name} for Service ${namespace}/${parentName} has a wrong reference; cleaning up`]
      : ["IPAddressNotAllocated", `IPAddress: ${name} for Service ${namespace}/${parentName} appears to have leaked: cleaning up`];
  tx.event(found, { ...WARNING, reason, message: what, action: "IPAddressAllocation" });
  tx.delete(ipAddress, undefined, name);
}

function checkHolder(tx: Transaction, address: string, owner: Service): void {
  const { namespace, name } = owner.metadata;
  const told = `[${familyOf(address)}]: ${address}`;
  const warn = (reason: string, message: string) => tx.event(owner, { ...WARNING, reason, message, action: "ClusterIPAllocation" });
  if (rangesAround(tx, parseIp(address)!).length === 0) return warn("ClusterIPOutOfRange", `Cluster IP ${told} is not within any configured Service CIDR; please recreate service`);
  const found = tx.get<IPAddress>(ipAddress, undefined, address);
  if (!found) {
    warn("ClusterIPNotAllocated", `Cluster IP ${told} is not allocated; repairing`);
    return holdAddress(tx, address, owner);
  }
  if (found.metadata.deletionTimestamp) return;
  if (!isParent(found.spec?.parentRef, owner)) {
    const other = otherHolder(tx, found, address);
    if (other) return warn("ClusterIPAlreadyAllocated", `Cluster IP [${familyOf(address)}]:${address} was assigned to multiple services; please recreate service`);
    warn("ClusterIPNotAllocated", `the ClusterIP ${told} for Service ${namespace}/${name} has a wrong reference; repairing`);
    return recreate(tx, address, owner);
  }
  const { labels } = found.metadata;
  if (labels?.[FAMILY_LABEL] !== familyOf(address) || labels[MANAGED_BY_LABEL] !== ALLOCATOR) recreate(tx, address, owner);
}

/** Another Service that has the same address, and the IPAddress with it. */
function otherHolder(tx: Transaction, { spec }: IPAddress, address: string): Service | undefined {
  const { group, resource, namespace, name } = spec!.parentRef!;
  const other = !group && resource === "services" ? tx.get(service, namespace, name) : undefined;
  return other && addressNames(other).includes(address) ? other : undefined;
}

function recreate(tx: Transaction, address: string, owner: Service): void {
  tx.delete(ipAddress, undefined, address);
  // One that somebody holds by a finalizer goes later, and wakes us then.
  if (!tx.get(ipAddress, undefined, address)) holdAddress(tx, address, owner);
}
