import type { EndpointSlice } from "../../types/discovery-v1.generated.ts";

export const example = (): EndpointSlice => ({
  apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata: { name: "example" },
  addressType: "IPv4", endpoints: [{ addresses: ["10.1.2.3"] }], ports: [{ port: 80 }],
});
