import type { Binding } from "../../types/core-v1.generated.ts";

export const example = (): Binding => ({
  apiVersion: "v1", kind: "Binding", metadata: { name: "example", namespace: "default" },
  target: { apiVersion: "v1", kind: "Node", name: "node-1" },
});
