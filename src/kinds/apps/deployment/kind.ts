/** apps/v1 Deployment: ReplicaSets, one a revision, rolled from one to the next by the deployment controller. */
import type { Kind } from "../../kind.ts";
import type { Deployment } from "../../types/apps-v1.generated.ts";
import { sameValue } from "../../field-checks.ts";
import { scaleSubresource } from "../../scale-subresource.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import { serializedSelector } from "../selector-text.ts";
import { workloadWarnings } from "../workload-template.ts";
import { columns } from "./columns.ts";
import { defaultDeployment } from "./defaults.ts";
import { example } from "./example.ts";
import { validateDeployment, validateDeploymentStatus, validateDeploymentUpdate } from "./validate.ts";

export const deployment: Kind<Deployment> = {
  group: "apps", kind: "Deployment", resource: "deployments", singular: "deployment", shortNames: ["deploy"], categories: ["all"],
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.apps.v1.Deployment" }],
  strategy: {
    defaults: defaultDeployment,
    prepareForCreate(obj) { obj.status = {}; },
    prepareForUpdate(obj, old) {
      restore(obj, old, "status");
      // The controller copies annotations to its ReplicaSets, so they count as a change to observe.
      if (!sameValue(obj.metadata.annotations, old.metadata.annotations)) obj.metadata.generation = (old.metadata.generation ?? 0) + 1;
    },
    validate: validateDeployment,
    validateUpdate: validateDeploymentUpdate,
    warnings: workloadWarnings,
  },
  subresources: {
    status: statusSubresource({
      prepare: (obj, old) => restore(obj.metadata, old.metadata, "labels"),
      validateUpdate: validateDeploymentStatus,
    }),
    scale: scaleSubresource((obj) => serializedSelector(obj.spec?.selector)),
  },
  columns,
  example,
};
