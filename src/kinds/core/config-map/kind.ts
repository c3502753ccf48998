/** core/v1 ConfigMap: data for pods, optionally frozen for good by `immutable`. */
import type { Kind } from "../../kind.ts";
import type { ConfigMap } from "../../types/core-v1.generated.ts";
import { columns } from "./columns.ts";
import { example } from "./example.ts";
import { validateConfigMap, validateConfigMapUpdate } from "./validate.ts";

export const configMap: Kind<ConfigMap> = {
  group: "", kind: "ConfigMap", resource: "configmaps", singular: "configmap", shortNames: ["cm"],
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.core.v1.ConfigMap" }],
  strategy: {
    hasGeneration: false,
    validate: validateConfigMap,
    validateUpdate: validateConfigMapUpdate,
  },
  columns,
  example,
};
