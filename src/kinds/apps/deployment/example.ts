import { examplePodSpec } from "../../pod-spec/example.ts";
import type { Deployment } from "../../types/apps-v1.generated.ts";

export const example = (): Deployment => ({
  apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "example" },
  spec: { selector: { matchLabels: { app: "example" } }, template: { metadata: { labels: { app: "example" } }, spec: examplePodSpec() } },
});
