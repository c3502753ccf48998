/** scheduling.k8s.io/v1 PriorityClass: a name for a number. The admission plugin Priority writes the number into pods. */
import { forbidden } from "../../../lib/errors.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import type { PriorityClass } from "../../types/scheduling-v1.generated.ts";
import { example } from "./example.ts";
import { systemPriorityClasses } from "./system-classes.ts";
import { validatePriorityClass, validatePriorityClassUpdate } from "./validate.ts";

export const priorityClass: Kind<PriorityClass> = {
  group: "scheduling.k8s.io", kind: "PriorityClass", resource: "priorityclasses", singular: "priorityclass", shortNames: ["pc"],
  scope: "Cluster",
  versions: [{ version: "v1", type: "io.k8s.api.scheduling.v1.PriorityClass" }],
  strategy: {
    hasGeneration: true,
    defaults(obj) { obj.preemptionPolicy ??= "PreemptLowerPriority"; },
    validate: validatePriorityClass,
    validateUpdate: validatePriorityClassUpdate,
    gracePeriodSeconds({ metadata: { name } }) {
      if (!systemPriorityClasses.some((known) => known.metadata.name === name)) return 0;
      throw forbidden({ group: "scheduling.k8s.io", resource: "priorityclasses", name }, "this is a system priority class and cannot be deleted");
    },
  },
  columns: [
    nameColumn,
    { name: "Value", type: "integer", description: "The priority of its pods.", value: (obj) => obj.value ?? 0 },
    { name: "Global-Default", type: "boolean", description: "Whether pods that name no class have this one.", value: (obj) => obj.globalDefault ?? false },
    ageColumn,
    { name: "PreemptionPolicy", type: "string", description: "Whether its pods push others away.", value: (obj) => obj.preemptionPolicy ?? "" },
  ],
  example,
};
