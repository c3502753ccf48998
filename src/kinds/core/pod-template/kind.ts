/** core/v1 PodTemplate: a pod to be made from, kept for whoever wants it. Nothing acts on it. */
import { labelsText, nameColumn } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import { defaultPodTemplate } from "../../pod-spec/defaults.ts";
import { validatePodTemplate } from "../../pod-spec/validate.ts";
import { podWarnings } from "../../pod-spec/warnings.ts";
import type { PodTemplate } from "../../types/core-v1.generated.ts";
import { example } from "./example.ts";

export const podTemplate: Kind<PodTemplate> = {
  group: "", kind: "PodTemplate", resource: "podtemplates", singular: "podtemplate",
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.core.v1.PodTemplate" }],
  strategy: {
    hasGeneration: true,
    returnsDeleted: true,
    defaults(obj) { defaultPodTemplate((obj.template ??= {})); },
    validate: (obj) => validatePodTemplate(obj.template ?? {}, "template"),
    warnings: (obj, old) => (old && old.metadata.generation === obj.metadata.generation ? [] : podWarnings(obj.template?.metadata, obj.template?.spec, "template.")),
  },
  columns: [
    nameColumn,
    { name: "Containers", type: "string", description: "Names of its containers.", value: (obj) => (obj.template?.spec?.containers ?? []).map((c) => c.name).join(",") },
    { name: "Images", type: "string", description: "Their images.", value: (obj) => (obj.template?.spec?.containers ?? []).map((c) => c.image ?? "").join(",") },
    { name: "Pod Labels", type: "string", description: "Labels that its pods get.", value: (obj) => labelsText(obj.template?.metadata?.labels) },
  ],
  example,
};
