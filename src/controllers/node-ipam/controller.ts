import { node as nodeKind } from "../../kinds/core/node/kind.ts";
import { itself, type Controller } from "../controller.ts";

const NODE_PREFIX_LENGTH = 24;

/** Gives every node its own range of pod addresses: the first free /24 of the cluster's. */
export const nodeIpamController: Controller = {
  name: "node-ipam-controller",
  priority: 15,
  watches: [itself(nodeKind)],
  reconcile(tx, name, cluster) {
    const node = tx.get(nodeKind, undefined, name);
    if (!node || node.metadata.deletionTimestamp || node.spec?.podCIDR) return;
    const taken = new Set(tx.list(nodeKind).flatMap((other) => other.spec?.podCIDRs ?? (other.spec?.podCIDR ? [other.spec.podCIDR] : [])));
    const range = freeRange(cluster.podCidr, taken);
    if (!range) {
      tx.event(node, { type: "Normal", reason: "CIDRNotAvailable", message: `Node ${name} status is now: CIDRNotAvailable`, source: "cidrAllocator" });
      return { requeueAfterMs: 60_000 };
    }
    tx.update(nodeKind, undefined, name, (draft) => { draft.spec = { ...draft.spec, podCIDR: range, podCIDRs: [range] }; });
  },
};

/** The lowest free range of the size of a node's within `cidr` (IPv4). */
export function freeRange(cidr: string, taken: ReadonlySet<string>): string | undefined {
  const [address, length] = cidr.split("/");
  const base = address!.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const ranges = 2 ** (NODE_PREFIX_LENGTH - Number(length));
  const size = 2 ** (32 - NODE_PREFIX_LENGTH);
  for (let i = 0; i < ranges; i++) {
    const start = base + i * size;
    const range = `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join(".")}/${NODE_PREFIX_LENGTH}`;
    if (!taken.has(range)) return range;
  }
  return undefined;
}
