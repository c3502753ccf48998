import type { PriorityClass } from "../../types/scheduling-v1.generated.ts";

export const example = (): PriorityClass => ({ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name: "example" }, value: 1000 });
