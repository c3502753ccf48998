import { examplePodSpec } from "../../pod-spec/example.ts";
import type { CronJob } from "../../types/batch-v1.generated.ts";

export const example = (): CronJob => ({
  apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "example" },
  spec: { schedule: "*/5 * * * *", jobTemplate: { spec: { template: { spec: { ...examplePodSpec(), restartPolicy: "OnFailure" } } } } },
});
