/** node.k8s.io/v1 RuntimeClass: how the containers of a pod are run, what that costs, and on which nodes it is to be had. */
import { ageColumn, nameColumn } from "../../columns.ts";
import { immutable } from "../../field-checks.ts";
import type { Kind } from "../../kind.ts";
import { OLD_LABELS } from "../../pod-spec/placement-warnings.ts";
import { roundUpToMilli } from "../../pod-spec/quantity-checks.ts";
import type { RuntimeClass } from "../../types/node-v1.generated.ts";
import { example } from "./example.ts";
import { validateRuntimeClass } from "./validate.ts";

export const runtimeClass: Kind<RuntimeClass> = {
  group: "node.k8s.io", kind: "RuntimeClass", resource: "runtimeclasses", singular: "runtimeclass",
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.node.v1.RuntimeClass" }],
  strategy: {
    hasGeneration: false, allowCreateOnUpdate: true, allowUnconditionalUpdate: false,
    defaults({ overhead }) { for (const name in overhead?.podFixed) overhead.podFixed[name] = roundUpToMilli(overhead.podFixed[name]!); },
    warnings: ({ scheduling }) => Object.keys(scheduling?.nodeSelector ?? {}).flatMap((key) => (OLD_LABELS[key] ? [`scheduling.nodeSelector: ${OLD_LABELS[key]}`] : [])),
    validate: validateRuntimeClass,
    validateUpdate: (obj, old) => immutable("handler", obj.handler, old.handler),
  },
  columns: [nameColumn, { name: "Handler", type: "string", description: "The configuration of the node's container runtime.", value: (obj) => obj.handler }, ageColumn],
  example,
};
