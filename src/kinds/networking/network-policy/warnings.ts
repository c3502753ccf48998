import type { NetworkPolicy, NetworkPolicyPeer } from "../../types/networking-v1.generated.ts";
import { cidrWarnings } from "../../values/ip.ts";

/** Blocks that are written otherwise than they should be. */
export function warnings({ spec }: NetworkPolicy): string[] {
  return [
    ...(spec?.ingress ?? []).flatMap(({ from }, i) => peerWarnings(from, `spec.ingress[${i}].from`)),
    ...(spec?.egress ?? []).flatMap(({ to }, i) => peerWarnings(to, `spec.egress[${i}].to`)),
  ];
}

const peerWarnings = (peers: readonly NetworkPolicyPeer[] = [], path: string): string[] => peers.flatMap(({ ipBlock }, i) => [
  ...cidrWarnings(`${path}[${i}].ipBlock.cidr`, ipBlock?.cidr ?? ""),
  ...(ipBlock?.except ?? []).flatMap((cidr, j) => cidrWarnings(`${path}[${i}].ipBlock.except[${j}]`, cidr)),
]);
