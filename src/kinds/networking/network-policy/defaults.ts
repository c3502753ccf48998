import type { NetworkPolicy } from "../../types/networking-v1.generated.ts";

export function defaultNetworkPolicy(obj: NetworkPolicy): void {
  const { spec } = obj;
  if (!spec) return;
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of rule.ports ?? []) port.protocol ??= "TCP";
  if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ["Ingress", "Egress"] : ["Ingress"];
}
