import { ageColumn, nameColumn, orNone } from "../../columns.ts";
import type { Column } from "../../kind.ts";
import type { Ingress } from "../../types/networking-v1.generated.ts";

const HOSTS_SHOWN_MAX = 3;
const ADDRESS_WIDTH_MAX = 16;

function hostsText({ spec }: Ingress): string {
  const rules = spec?.rules ?? [];
  const hosts = rules.map((rule) => rule.host ?? "").filter((host) => host !== "");
  if (hosts.length === 0) return "*";
  const shown = hosts.slice(0, HOSTS_SHOWN_MAX).join(",");
  return hosts.length > HOSTS_SHOWN_MAX ? `${shown} + ${hosts.length - HOSTS_SHOWN_MAX} more...` : shown;
}

function addressText({ status }: Ingress): string {
  const addresses = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "").filter((address) => address !== "");
  const text = [...new Set(addresses)].sort().join(",");
  return text.length > ADDRESS_WIDTH_MAX ? `${text.slice(0, ADDRESS_WIDTH_MAX - 3)}...` : text;
}

export const columns: readonly Column<Ingress>[] = [
  nameColumn,
  { name: "Class", type: "string", description: "The class that serves it.", value: (obj) => orNone(obj.spec?.ingressClassName) },
  { name: "Hosts", type: "string", description: "Hosts of its rules.", value: hostsText },
  { name: "Address", type: "string", description: "Where it is served.", value: addressText },
  { name: "Ports", type: "string", description: "With TLS also 443.", value: (obj) => (obj.spec?.tls?.length ? "80, 443" : "80") },
  ageColumn,
];
