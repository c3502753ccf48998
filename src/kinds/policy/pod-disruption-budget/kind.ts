/** policy/v1 PodDisruptionBudget: how many of some pods may be evicted at a time. Its controller counts; evictions ask it. */
import { ageColumn, nameColumn } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { PodDisruptionBudget } from "../../types/policy-v1.generated.ts";
import { example } from "./example.ts";
import { validatePodDisruptionBudget, validatePodDisruptionBudgetStatus } from "./validate.ts";

const newStatus = () => ({ disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 });

export const podDisruptionBudget: Kind<PodDisruptionBudget> = {
  group: "policy", kind: "PodDisruptionBudget", resource: "poddisruptionbudgets", singular: "poddisruptionbudget", shortNames: ["pdb"],
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.policy.v1.PodDisruptionBudget" }],
  strategy: {
    allowUnconditionalUpdate: false,
    defaults(obj) {
      obj.spec ??= {};
      obj.status = { ...newStatus(), ...obj.status };
    },
    prepareForCreate(obj) { obj.status = newStatus(); },
    prepareForUpdate: (obj, old) => restore(obj, old, "status"),
    validate: validatePodDisruptionBudget,
  },
  subresources: { status: statusSubresource({ validateUpdate: validatePodDisruptionBudgetStatus }) },
  columns: [
    nameColumn,
    { name: "Min Available", type: "string", description: "How many must stay.", value: (obj) => String(obj.spec?.minAvailable ?? "N/A") },
    { name: "Max Unavailable", type: "string", description: "How many may be missing.", value: (obj) => String(obj.spec?.maxUnavailable ?? "N/A") },
    { name: "Allowed Disruptions", type: "integer", description: "How many may be evicted now.", value: (obj) => obj.status?.disruptionsAllowed ?? 0 },
    ageColumn,
  ],
  example,
};
