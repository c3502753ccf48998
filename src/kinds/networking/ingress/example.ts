import type { Ingress } from "../../types/networking-v1.generated.ts";

export const example = (): Ingress => ({
  apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata: { name: "example" },
  spec: { defaultBackend: { service: { name: "web", port: { number: 80 } } } },
});
