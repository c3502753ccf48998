import type { ServiceAccount } from "../../types/core-v1.generated.ts";

export const example = (): ServiceAccount => ({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "example" } });
