import type { ComponentStatus } from "../../types/core-v1.generated.ts";

export const example = (): ComponentStatus => ({ apiVersion: "v1", kind: "ComponentStatus", metadata: { name: "example" } });
