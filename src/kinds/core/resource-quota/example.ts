import type { ResourceQuota } from "../../types/core-v1.generated.ts";

export const example = (): ResourceQuota => ({ apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "example" }, spec: { hard: { pods: "10" } } });
