import type { Namespace } from "../../types/core-v1.generated.ts";

export const example = (): Namespace => ({ apiVersion: "v1", kind: "Namespace", metadata: { name: "example" } });
