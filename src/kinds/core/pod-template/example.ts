import { examplePodSpec } from "../../pod-spec/example.ts";
import type { PodTemplate } from "../../types/core-v1.generated.ts";

export const example = (): PodTemplate => ({ apiVersion: "v1", kind: "PodTemplate", metadata: { name: "example" }, template: { metadata: { labels: { app: "example" } }, spec: examplePodSpec() } });
