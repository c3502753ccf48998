/**
 * apiextensions.k8s.io/v1 CustomResourceDefinition: kinds that are objects. Its names are accepted and its condition
 * Established is set in the write that makes it, so that the new kind is served at once. `kind-from-crd.ts` makes the
 * kind, `controller.ts` empties it before the definition goes.
 */
import type { Kind } from "../../kind.ts";
import { createdAtColumns } from "../../rbac/created-at-column.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { CustomResourceDefinition } from "../../types/apiextensions-v1.generated.ts";
import { isDns1123Subdomain } from "../../values/names.ts";
import { defaultCustomResourceDefinition } from "./defaults.ts";
import { example } from "./example.ts";
import { cleanupFinalizer, isStored, setCondition, storageVersion } from "./status.ts";
import { settleNames } from "./naming.ts";
import { summaryIndex, summaryText } from "./summary.ts";
import { validateCustomResourceDefinition, validateCustomResourceDefinitionUpdate, validateDefinitionStatus } from "./validate.ts";
import { definitionWarnings } from "./warnings.ts";

export const customResourceDefinition: Kind<CustomResourceDefinition> = {
  group: "apiextensions.k8s.io", kind: "CustomResourceDefinition", resource: "customresourcedefinitions", singular: "customresourcedefinition",
  shortNames: ["crd", "crds"], categories: ["api-extensions"],
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition" }],
  strategy: {
    allowUnconditionalUpdate: false,
    defaults: defaultCustomResourceDefinition,
    prepareForCreate(obj, ctx) {
      obj.status = { storedVersions: [storageVersion(obj)] };
      settleNames(obj, ctx);
    },
    prepareForUpdate(obj, old, ctx) {
      restore(obj, old, "status");
      obj.status = structuredClone(obj.status ?? {});
      const storage = storageVersion(obj);
      if (!isStored(obj, storage)) obj.status.storedVersions = [...(obj.status.storedVersions ?? []), storage];
      settleNames(obj, ctx);
    },
    validate: validateCustomResourceDefinition,
    validateUpdate: validateCustomResourceDefinitionUpdate,
    warnings: definitionWarnings,
    validateName: isDns1123Subdomain,
    gracePeriodSeconds(obj, _requested, ctx) {
      const finalizers = obj.metadata.finalizers ?? [];
      if (!finalizers.includes(cleanupFinalizer)) obj.metadata.finalizers = [...finalizers, cleanupFinalizer];
      setCondition(obj, { type: "Terminating", status: "True", reason: "InstanceDeletionPending", message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon" }, ctx.nowMs);
      return 0;
    },
  },
  subresources: { status: statusSubresource({ keepsMetadata: true, validateUpdate: validateDefinitionStatus }) },
  columns: createdAtColumns,
  // References name a kind, and there may be many definitions.
  indexes: { kindAndGroup: (obj) => `${obj.status?.acceptedNames?.kind ?? ""}.${obj.spec.group}`, [summaryIndex]: summaryText },
  example,
};
