import { examplePodSpec } from "../../pod-spec/example.ts";
import type { StatefulSet } from "../../types/apps-v1.generated.ts";

export const example = (): StatefulSet => ({
  apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name: "example" },
  spec: { serviceName: "example", selector: { matchLabels: { app: "example" } }, template: { metadata: { labels: { app: "example" } }, spec: examplePodSpec() } },
});
