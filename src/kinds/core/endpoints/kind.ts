/** core/v1 Endpoints: the older form of EndpointSlice, one object a service. */
import type { Kind } from "../../kind.ts";
import type { Endpoints } from "../../types/core-v1.generated.ts";
import { columns } from "./columns.ts";
import { defaultEndpoints } from "./defaults.ts";
import { example } from "./example.ts";
import { validateEndpoints } from "./validate.ts";
import { warnings } from "./warnings.ts";

export const endpoints: Kind<Endpoints> = {
  group: "", kind: "Endpoints", resource: "endpoints", singular: "endpoints", shortNames: ["ep"],
  scope: "Namespaced",
  versions: [{
    version: "v1", type: "io.k8s.api.core.v1.Endpoints",
    deprecated: true, deprecationWarning: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  }],
  strategy: {
    hasGeneration: false,
    defaults: defaultEndpoints,
    validate: validateEndpoints,
    warnings,
    allowCreateOnUpdate: true,
  },
  columns,
  example,
};
