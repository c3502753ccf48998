import { examplePodSpec } from "../../pod-spec/example.ts";
import type { Job } from "../../types/batch-v1.generated.ts";

export const example = (): Job => ({ apiVersion: "batch/v1", kind: "Job", metadata: { name: "example" }, spec: { template: { spec: { ...examplePodSpec(), restartPolicy: "Never" } } } });
