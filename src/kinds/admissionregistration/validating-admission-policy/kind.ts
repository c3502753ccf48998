/** admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy: rules in CEL about requests; its bindings say where they hold. */
import { ageColumn, nameColumn } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { ValidatingAdmissionPolicy } from "../../types/admissionregistration-v1.generated.ts";
import { defaultMatchResources } from "../match.ts";
import { example } from "./example.ts";
import { validatePolicy } from "./validate.ts";

export const validatingAdmissionPolicy: Kind<ValidatingAdmissionPolicy> = {
  group: "admissionregistration.k8s.io", kind: "ValidatingAdmissionPolicy", resource: "validatingadmissionpolicies", singular: "validatingadmissionpolicy",
  categories: ["api-extensions"], scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy" }],
  strategy: {
    hasGeneration: true,
    defaults({ spec }) {
      if (spec) spec.failurePolicy ??= "Fail";
      defaultMatchResources(spec?.matchConstraints);
    },
    prepareForCreate(obj) { obj.status = {}; },
    prepareForUpdate: (obj, old) => restore(obj, old, "status"),
    validate: validatePolicy,
  },
  subresources: { status: statusSubresource() },
  columns: [
    nameColumn,
    { name: "Validations", type: "integer", description: "How many rules it has.", value: ({ spec }) => spec?.validations?.length ?? 0 },
    { name: "ParamKind", type: "string", description: "The kind of its parameters.", value: ({ spec }) => (spec?.paramKind ? `${spec.paramKind.apiVersion}/${spec.paramKind.kind}` : "<unset>") },
    ageColumn,
  ],
  example,
};
