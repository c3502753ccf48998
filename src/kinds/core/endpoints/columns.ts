import type { Column } from "../../kind.ts";
import type { Endpoints } from "../../types/core-v1.generated.ts";
import { ageColumn, firstOf, nameColumn } from "../../columns.ts";

export const columns: readonly Column<Endpoints>[] = [
  nameColumn,
  { name: "Endpoints", type: "string", description: "Addresses and ports that are ready.", value: (obj) => firstOf(addressTexts(obj), "<none>") },
  ageColumn,
];

function addressTexts(obj: Endpoints): string[] {
  return (obj.subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0 ? addresses.map((a) => a.ip) : ports.flatMap((port) => addresses.map((a) => hostPort(a.ip, port.port))));
}

const hostPort = (host: string, port: number): string => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);
