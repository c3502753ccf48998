import type { Service } from "../../types/core-v1.generated.ts";

export const example = (): Service => ({
  apiVersion: "v1", kind: "Service", metadata: { name: "example" },
  spec: { selector: { app: "example" }, ports: [{ port: 80 }] },
});
