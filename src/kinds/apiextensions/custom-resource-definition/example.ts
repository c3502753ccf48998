import type { CustomResourceDefinition } from "../../types/apiextensions-v1.generated.ts";

export const example = (): CustomResourceDefinition => ({
  apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition",
  metadata: { name: "examples.stable.example.com" },
  spec: {
    group: "stable.example.com", scope: "Namespaced",
    names: { plural: "examples", kind: "Example" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties: { size: { type: "integer" } } } } } } }],
  },
});
