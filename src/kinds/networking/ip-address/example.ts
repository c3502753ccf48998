import type { IPAddress } from "../../types/networking-v1.generated.ts";

export const example = (): IPAddress => ({
  apiVersion: "networking.k8s.io/v1", kind: "IPAddress", metadata: { name: "192.0.2.7" }, spec: { parentRef: { resource: "services", namespace: "default", name: "web" } },
});
