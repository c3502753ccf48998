import type { LimitRange } from "../../types/core-v1.generated.ts";

export const example = (): LimitRange => ({
  apiVersion: "v1", kind: "LimitRange", metadata: { name: "example" },
  spec: { limits: [{ type: "Container", default: { cpu: "500m" }, defaultRequest: { cpu: "100m" } }] },
});
