import type { ServiceCIDR } from "../../types/networking-v1.generated.ts";

export const example = (): ServiceCIDR => ({ apiVersion: "networking.k8s.io/v1", kind: "ServiceCIDR", metadata: { name: "example" }, spec: { cidrs: ["10.200.0.0/16"] } });
