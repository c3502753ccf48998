import { examplePodSpec } from "../../pod-spec/example.ts";
import type { ReplicationController } from "../../types/core-v1.generated.ts";

export const example = (): ReplicationController => ({
  apiVersion: "v1", kind: "ReplicationController", metadata: { name: "example" },
  spec: { selector: { app: "example" }, template: { metadata: { labels: { app: "example" } }, spec: examplePodSpec() } },
});
