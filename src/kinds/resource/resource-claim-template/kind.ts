/** resource.k8s.io/v1 ResourceClaimTemplate: from which every pod that names it gets a claim of its own. It cannot be changed. */
import { Path } from "../../../lib/field-error.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import { immutable } from "../../field-checks.ts";
import type { Kind } from "../../kind.ts";
import { validateAnnotations } from "../../pod-spec/metadata.ts";
import type { ResourceClaimTemplate } from "../../types/resource-v1.generated.ts";
import { validateLabels } from "../../values/label-selector.ts";
import { refuseAdminAccess } from "../admin-access.ts";
import { defaultResourceClaimSpec, validateResourceClaimSpec } from "../claim-spec.ts";
import { example } from "./example.ts";

export const resourceClaimTemplate: Kind<ResourceClaimTemplate> = {
  group: "resource.k8s.io", kind: "ResourceClaimTemplate", resource: "resourceclaimtemplates", singular: "resourceclaimtemplate",
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.resource.v1.ResourceClaimTemplate" }],
  strategy: {
    hasGeneration: false,
    returnsDeleted: true,
    defaults: ({ spec }) => defaultResourceClaimSpec(spec?.spec),
    validate: ({ metadata, spec }, ctx, old) => [
      ...(old ? [] : refuseAdminAccess(spec?.spec, metadata.namespace, ctx)),
      ...validateAnnotations(spec?.metadata?.annotations, "spec.metadata.annotations"),
      ...validateLabels(spec?.metadata?.labels, Path.of("spec.metadata.labels")),
      ...validateResourceClaimSpec(spec?.spec, "spec.spec"),
    ],
    validateUpdate: (obj, old) => immutable("spec", obj.spec, old.spec),
  },
  columns: [nameColumn, ageColumn],
  example,
};
