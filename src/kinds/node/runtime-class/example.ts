import type { RuntimeClass } from "../../types/node-v1.generated.ts";

export const example = (): RuntimeClass => ({ apiVersion: "node.k8s.io/v1", kind: "RuntimeClass", metadata: { name: "example" }, handler: "sandboxed" });
