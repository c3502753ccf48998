import type { EndpointAddress, Endpoints } from "../../types/core-v1.generated.ts";
import { ipWarnings } from "../../values/ip.ts";

/** Addresses that are written otherwise than they should be; nobody is to be told of what the controller writes. */
export function warnings({ metadata, subsets = [] }: Endpoints): string[] {
  if (metadata.labels?.["endpoints.kubernetes.io/managed-by"] === "endpoint-controller") return [];
  return subsets.flatMap(({ addresses, notReadyAddresses }, i) => [
    ...addressWarnings(addresses, `subsets[${i}].addresses`), ...addressWarnings(notReadyAddresses, `subsets[${i}].notReadyAddresses`),
  ]);
}

const addressWarnings = (addresses: readonly EndpointAddress[] = [], path: string): string[] => addresses.flatMap(({ ip }, i) => ipWarnings(`${path}[${i}].ip`, ip));
