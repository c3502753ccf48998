import { examplePodSpec } from "../../pod-spec/example.ts";
import type { ReplicaSet } from "../../types/apps-v1.generated.ts";

export const example = (): ReplicaSet => ({
  apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { name: "example" },
  spec: { selector: { matchLabels: { app: "example" } }, template: { metadata: { labels: { app: "example" } }, spec: examplePodSpec() } },
});
