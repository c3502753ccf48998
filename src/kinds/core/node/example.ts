import type { Node } from "../../types/core-v1.generated.ts";

export const example = (): Node => ({ apiVersion: "v1", kind: "Node", metadata: { name: "example" } });
