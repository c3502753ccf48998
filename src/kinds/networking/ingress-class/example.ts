import type { IngressClass } from "../../types/networking-v1.generated.ts";

export const example = (): IngressClass => ({
  apiVersion: "networking.k8s.io/v1", kind: "IngressClass", metadata: { name: "example" }, spec: { controller: "example.com/ingress" },
});
