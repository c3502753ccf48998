import type { Column } from "../../kind.ts";
import type { Service } from "../../types/core-v1.generated.ts";
import { ageColumn, labelsText, nameColumn, orNone } from "../../columns.ts";

export const columns: readonly Column<Service>[] = [
  nameColumn,
  { name: "Type", type: "string", description: "How it is reached: ClusterIP, NodePort, LoadBalancer or ExternalName.", value: (obj) => obj.spec?.type ?? "" },
  { name: "Cluster-IP", type: "string", description: "Its address inside the cluster.", value: (obj) => orNone(obj.spec?.clusterIPs?.[0] ?? obj.spec?.clusterIP) },
  { name: "External-IP", type: "string", description: "Its addresses outside the cluster.", value: externalIps },
  { name: "Port(s)", type: "string", description: "Its ports, and those on the nodes.", value: portsText },
  ageColumn,
  { name: "Selector", type: "string", priority: 1, description: "Which pods serve it.", value: (obj) => labelsText(obj.spec?.selector) },
];

function externalIps({ spec, status }: Service): string {
  const given = spec?.externalIPs ?? [];
  if (spec?.type === "ExternalName") return spec.externalName ?? "";
  if (spec?.type !== "LoadBalancer") return orNone(given.join(","));
  const balancer = (status?.loadBalancer?.ingress ?? []).map((ingress) => ingress.ip || ingress.hostname || "").filter(Boolean);
  const all = [...new Set([...balancer, ...given])];
  return all.length > 0 ? all.join(",") : "<pending>";
}

function portsText({ spec }: Service): string {
  const ports = (spec?.ports ?? []).map((p) => `${p.port}${p.nodePort ? `:${p.nodePort}` : ""}/${p.protocol ?? "TCP"}`);
  return orNone(ports.join(","));
}
