import { duplicate, Path, required, type FieldError } from "../../../lib/field-error.ts";
import { check } from "../../field-checks.ts";
import { validateContainerResources } from "../../pod-spec/resources.ts";
import { validateTolerations } from "../../pod-spec/scheduling.ts";
import type { RuntimeClass } from "../../types/node-v1.generated.ts";
import { validateLabels } from "../../values/label-selector.ts";
import { isDns1123Label } from "../../values/names.ts";

export function validateRuntimeClass({ handler, overhead, scheduling }: RuntimeClass): FieldError[] {
  const tolerations = scheduling?.tolerations ?? [];
  const keys = tolerations.map(({ key = "", operator = "", value = "", effect = "" }) => [key, operator, value, effect].join("\n"));
  return [
    ...(handler ? check("handler", handler, isDns1123Label) : [required("handler")]),
    ...validateContainerResources(overhead?.podFixed && { limits: overhead.podFixed }, new Set(), "overhead"),
    ...validateLabels(scheduling?.nodeSelector, Path.of("scheduling.nodeSelector")),
    ...validateTolerations(tolerations, "scheduling.tolerations"),
    ...keys.flatMap((key, i) => (keys.indexOf(key) < i ? [duplicate(`scheduling.tolerations[${i}]`, tolerations[i])] : [])),
  ];
}
