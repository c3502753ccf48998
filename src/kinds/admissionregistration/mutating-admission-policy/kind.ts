/** admissionregistration.k8s.io/v1 MutatingAdmissionPolicy: changes to requests in CEL; its bindings say where they are made. */
import { ageColumn, nameColumn } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import type { MutatingAdmissionPolicy } from "../../types/admissionregistration-v1.generated.ts";
import { paramKindColumn } from "../policy/columns.ts";
import { defaultMatchResources } from "../policy/match-resources.ts";
import { example } from "./example.ts";
import { validateMutatingAdmissionPolicy } from "./validate.ts";

export const mutatingAdmissionPolicy: Kind<MutatingAdmissionPolicy> = {
  group: "admissionregistration.k8s.io", kind: "MutatingAdmissionPolicy", resource: "mutatingadmissionpolicies", singular: "mutatingadmissionpolicy",
  categories: ["api-extensions"], scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy" }],
  strategy: {
    hasGeneration: true, allowUnconditionalUpdate: false,
    defaults({ spec }) {
      if (spec) spec.failurePolicy ??= "Fail";
      defaultMatchResources(spec?.matchConstraints);
    },
    validate: validateMutatingAdmissionPolicy,
  },
  columns: [
    nameColumn,
    { name: "Mutations", type: "integer", description: "How many changes it makes.", value: ({ spec }) => spec?.mutations?.length ?? 0 },
    paramKindColumn,
    ageColumn,
  ],
  example,
};
