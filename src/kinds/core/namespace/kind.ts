/**
 * core/v1 Namespace. It ends in two steps: a delete marks it Terminating, the namespace controller empties it and takes
 * "kubernetes" off spec.finalizers through the finalize subresource, and then it goes.
 */
import type { Kind } from "../../kind.ts";
import type { Namespace } from "../../types/core-v1.generated.ts";
import { restore, restoreAllBut, statusSubresource } from "../../status-subresource.ts";
import { isDns1123Label, maskTrailingDash } from "../../values/names.ts";
import { columns } from "./columns.ts";
import { defaultNamespace } from "./defaults.ts";
import { example } from "./example.ts";
import { validateFinalizeUpdate, validateNamespace, validateStatusUpdate } from "./validate.ts";

export const namespace: Kind<Namespace> = {
  group: "", kind: "Namespace", resource: "namespaces", singular: "namespace", shortNames: ["ns"],
  scope: "Cluster", isNamespace: true,
  versions: [{ version: "v1", type: "io.k8s.api.core.v1.Namespace" }],
  verbs: ["get", "list", "watch", "create", "update", "patch", "delete"],
  strategy: {
    hasGeneration: false,
    defaults: defaultNamespace,
    prepareForCreate(obj) {
      obj.status = { phase: "Active" };
      const finalizers = obj.spec?.finalizers ?? [];
      obj.spec = { ...obj.spec, finalizers: finalizers.includes("kubernetes") ? finalizers : [...finalizers, "kubernetes"] };
      // Now that generateName has made a name.
      defaultNamespace(obj);
    },
    prepareForUpdate(obj, old) {
      restore(obj, old, "spec");
      restore(obj, old, "status");
    },
    validate: validateNamespace,
    validateName: (name, prefix) => isDns1123Label(prefix ? maskTrailingDash(name) : name),
    gracePeriodSeconds(obj) {
      obj.status = { ...obj.status, phase: "Terminating" };
      return 0;
    },
    hasFurtherFinalizers: (obj) => (obj.spec?.finalizers?.length ?? 0) > 0,
  },
  subresources: {
    status: statusSubresource({ validateUpdate: validateStatusUpdate }),
    finalize: {
      type: "view",
      verbs: ["update"],
      prepareForUpdate: (obj, old) => restoreAllBut(obj, old, "spec"),
      validateUpdate: validateFinalizeUpdate,
    },
  },
  columns,
  selectableFields: { "status.phase": (obj) => obj.status?.phase ?? "", name: (obj) => obj.metadata.name ?? "" },
  example,
};
