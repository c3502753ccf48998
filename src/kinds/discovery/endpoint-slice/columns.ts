import type { Column } from "../../kind.ts";
import type { EndpointSlice } from "../../types/discovery-v1.generated.ts";
import { ageColumn, firstOf, nameColumn } from "../../columns.ts";

export const columns: readonly Column<EndpointSlice>[] = [
  nameColumn,
  { name: "AddressType", type: "string", description: "What sort of addresses it holds.", value: (obj) => obj.addressType ?? "" },
  {
    name: "Ports", type: "string", description: "Its ports.",
    value: (obj) => firstOf((obj.ports ?? []).map((port) => (port.port == null ? (port.name ?? "*") : String(port.port))), "<unset>"),
  },
  { name: "Endpoints", type: "string", description: "Its addresses.", value: (obj) => firstOf((obj.endpoints ?? []).flatMap((e) => e.addresses ?? []), "<unset>") },
  ageColumn,
];
