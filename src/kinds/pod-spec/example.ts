import type { PodSpec } from "../types/core-v1.generated.ts";

export const examplePodSpec = (): PodSpec => ({ containers: [{ name: "main", image: "registry.example/app:1" }] });
