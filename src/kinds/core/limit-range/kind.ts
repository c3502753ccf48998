/** core/v1 LimitRange: defaults and bounds of what pods, containers and claims of a namespace may ask for; the plugin LimitRanger enforces it. */
import { createdAtColumns } from "../../rbac/created-at-column.ts";
import type { Kind } from "../../kind.ts";
import type { LimitRange } from "../../types/core-v1.generated.ts";
import { defaultLimitRange } from "./defaults.ts";
import { example } from "./example.ts";
import { validateLimitRange } from "./validate.ts";

export const limitRange: Kind<LimitRange> = {
  group: "", kind: "LimitRange", resource: "limitranges", singular: "limitrange", shortNames: ["limits"],
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.core.v1.LimitRange" }],
  strategy: {
    hasGeneration: false, allowCreateOnUpdate: true,
    defaults: defaultLimitRange,
    validate: validateLimitRange,
  },
  columns: createdAtColumns,
  example,
};
