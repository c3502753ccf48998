import { examplePodSpec } from "../../pod-spec/example.ts";
import type { Pod } from "../../types/core-v1.generated.ts";

export const example = (): Pod => ({ apiVersion: "v1", kind: "Pod", metadata: { name: "example" }, spec: examplePodSpec() });
