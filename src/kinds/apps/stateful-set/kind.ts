/** apps/v1 StatefulSet: pods with names and volumes of their own, numbered, made and replaced in order. */
import type { Kind } from "../../kind.ts";
import { orphanIndex } from "../../orphan-index.ts";
import { scaleSubresource } from "../../scale-subresource.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { StatefulSet } from "../../types/apps-v1.generated.ts";
import { isDns1123Label } from "../../values/names.ts";
import { serializedSelector } from "../selector-text.ts";
import { workloadWarnings } from "../workload-template.ts";
import { columns } from "./columns.ts";
import { defaultStatefulSet } from "./defaults.ts";
import { example } from "./example.ts";
import { validateStatefulSet, validateStatefulSetStatus, validateStatefulSetUpdate } from "./validate.ts";

export const statefulSet: Kind<StatefulSet> = {
  group: "apps", kind: "StatefulSet", resource: "statefulsets", singular: "statefulset", shortNames: ["sts"], categories: ["all"],
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.apps.v1.StatefulSet" }],
  strategy: {
    defaults: defaultStatefulSet,
    validateName: (name, prefix) => isDns1123Label(prefix ? name.replace(/-$/, "") : name),
    prepareForCreate(obj) { obj.status = { replicas: 0 }; },
    prepareForUpdate: (obj, old) => restore(obj, old, "status"),
    validate: (obj, _ctx, old) => validateStatefulSet(obj, old === undefined),
    validateUpdate: validateStatefulSetUpdate,
    warnings: workloadWarnings,
  },
  subresources: {
    status: statusSubresource({ validateUpdate: validateStatefulSetStatus }),
    scale: scaleSubresource((obj) => serializedSelector(obj.spec?.selector)),
  },
  columns,
  indexes: orphanIndex,
  example,
};
