import { examplePodSpec } from "../../pod-spec/example.ts";
import type { DaemonSet } from "../../types/apps-v1.generated.ts";

export const example = (): DaemonSet => ({
  apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "example" },
  spec: { selector: { matchLabels: { app: "example" } }, template: { metadata: { labels: { app: "example" } }, spec: examplePodSpec() } },
});
