/** core/v1 ComponentStatus: deprecated upstream and read-only. There are no components apart from the cluster itself, so the list is empty. */
import { nameColumn } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import type { ComponentStatus } from "../../types/core-v1.generated.ts";
import { example } from "./example.ts";

const healthy = (obj: ComponentStatus) => obj.conditions?.find((condition) => condition.type === "Healthy");

export const componentStatus: Kind<ComponentStatus> = {
  group: "", kind: "ComponentStatus", resource: "componentstatuses", singular: "componentstatus", shortNames: ["cs"],
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.core.v1.ComponentStatus", deprecated: true, deprecationWarning: "v1 ComponentStatus is deprecated in v1.19+" }],
  verbs: ["get", "list"],
  strategy: { hasGeneration: false },
  columns: [
    nameColumn,
    { name: "Status", type: "string", description: "Healthy or not.", value: (obj) => (healthy(obj)?.status === "True" ? "Healthy" : healthy(obj) ? "Unhealthy" : "Unknown") },
    { name: "Message", type: "string", description: "What it says.", value: (obj) => healthy(obj)?.message ?? "" },
    { name: "Error", type: "string", description: "What went wrong.", value: (obj) => healthy(obj)?.error ?? "" },
  ],
  example,
};
