/** apps/v1 DaemonSet: one pod of a template on every node that is fit for it. */
import { sameValue } from "../../field-checks.ts";
import type { Kind } from "../../kind.ts";
import { orphanIndex } from "../../orphan-index.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { DaemonSet } from "../../types/apps-v1.generated.ts";
import { workloadWarnings } from "../workload-template.ts";
import { columns } from "./columns.ts";
import { defaultDaemonSet, newStatus } from "./defaults.ts";
import { example } from "./example.ts";
import { setTemplateGeneration, templateGenerationOf } from "./template-generation.ts";
import { validateDaemonSet, validateDaemonSetStatus, validateDaemonSetUpdate } from "./validate.ts";

export const daemonSet: Kind<DaemonSet> = {
  group: "apps", kind: "DaemonSet", resource: "daemonsets", singular: "daemonset", shortNames: ["ds"], categories: ["all"],
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.apps.v1.DaemonSet" }],
  strategy: {
    defaults: defaultDaemonSet,
    prepareForCreate(obj) {
      obj.status = newStatus();
      setTemplateGeneration(obj, 1);
    },
    prepareForUpdate(obj, old) {
      restore(obj, old, "status");
      setTemplateGeneration(obj, templateGenerationOf(old) + (sameValue(obj.spec?.template, old.spec?.template) ? 0 : 1));
    },
    validate: validateDaemonSet,
    validateUpdate: validateDaemonSetUpdate,
    warnings: workloadWarnings,
  },
  subresources: { status: statusSubresource({ validateUpdate: validateDaemonSetStatus }) },
  columns,
  indexes: orphanIndex,
  example,
};
