import type { Endpoints } from "../../types/core-v1.generated.ts";

export const example = (): Endpoints => ({
  apiVersion: "v1", kind: "Endpoints", metadata: { name: "example" },
  subsets: [{ addresses: [{ ip: "10.1.2.3" }], ports: [{ port: 80 }] }],
});
