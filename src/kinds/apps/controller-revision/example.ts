import type { ControllerRevision } from "../../types/apps-v1.generated.ts";

export const example = (): ControllerRevision =>
  ({ apiVersion: "apps/v1", kind: "ControllerRevision", metadata: { name: "example" }, data: { spec: { template: {} } }, revision: 1 });
