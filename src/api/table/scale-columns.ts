import type { Kind } from "../../kinds/kind.ts";
import type { Scale } from "../../kinds/types/autoscaling-v1.generated.ts";
import { ageColumn, nameColumn } from "../../kinds/columns.ts";

/** autoscaling/v1 Scale, as Tables show it: no kind of its own, only a door to many. */
export const scaleKind: Kind<Scale> = {
  group: "autoscaling", kind: "Scale", resource: "scales", singular: "scale", scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.autoscaling.v1.Scale" }],
  columns: [
    nameColumn,
    { name: "Desired", type: "integer", description: "Replicas that are asked for.", value: (obj) => obj.spec?.replicas ?? 0 },
    { name: "Available", type: "integer", description: "Replicas that are there.", value: (obj) => obj.status?.replicas ?? 0 },
    ageColumn,
  ],
};
