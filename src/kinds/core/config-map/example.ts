import type { ConfigMap } from "../../types/core-v1.generated.ts";

export const example = (): ConfigMap => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "example" }, data: { key: "value" } });
