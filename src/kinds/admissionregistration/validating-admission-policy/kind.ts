/** admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy: rules in CEL about requests; its bindings say where they hold. */
import { ageColumn, nameColumn } from "../../columns.ts";
import { sameValue } from "../../field-checks.ts";
import type { Kind } from "../../kind.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { ValidatingAdmissionPolicy } from "../../types/admissionregistration-v1.generated.ts";
import { paramKindColumn } from "../policy/columns.ts";
import { defaultMatchResources } from "../policy/match-resources.ts";
import { example } from "./example.ts";
import { checkTypes } from "./type-checking.ts";
import { validateValidatingAdmissionPolicy } from "./validate.ts";

export const validatingAdmissionPolicy: Kind<ValidatingAdmissionPolicy> = {
  group: "admissionregistration.k8s.io", kind: "ValidatingAdmissionPolicy", resource: "validatingadmissionpolicies", singular: "validatingadmissionpolicy",
  categories: ["api-extensions"], scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy" }],
  strategy: {
    hasGeneration: true, allowUnconditionalUpdate: false,
    defaults({ spec }) {
      if (spec) spec.failurePolicy ??= "Fail";
      defaultMatchResources(spec?.matchConstraints);
    },
    prepareForCreate(obj, { reader }) { obj.status = { observedGeneration: 1, typeChecking: checkTypes(obj, reader) }; },
    prepareForUpdate(obj, old, { reader }) {
      restore(obj, old, "status");
      if (sameValue(obj.spec, old.spec)) return;
      obj.status = { ...old.status, observedGeneration: (old.metadata.generation ?? 0) + 1, typeChecking: checkTypes(obj, reader) };
    },
    validate: validateValidatingAdmissionPolicy,
  },
  subresources: { status: statusSubresource() },
  columns: [
    nameColumn,
    { name: "Validations", type: "integer", description: "How many rules it has.", value: ({ spec }) => spec?.validations?.length ?? 0 },
    paramKindColumn,
    ageColumn,
  ],
  example,
};
