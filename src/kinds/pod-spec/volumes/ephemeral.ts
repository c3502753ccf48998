import { defaultClaimSpec, validateClaimSpec } from "../../core/persistent-volume-claim/spec.ts";
import type { ObjectMeta } from "../../object.ts";
import type { PersistentVolumeClaimSpec } from "../../types/core-v1.generated.ts";
import { Path, required } from "../../../lib/field-error.ts";
import { validateLabels } from "../../values/label-selector.ts";
import { validateAnnotations } from "../metadata.ts";
import type { VolumeType } from "./volume-type.ts";

interface ClaimTemplate { metadata?: ObjectMeta; spec?: PersistentVolumeClaimSpec }

/** A claim that comes and goes with the pod; what is in its template is a claim's, with a claim's rules. */
export const ephemeral: VolumeType<{ volumeClaimTemplate?: ClaimTemplate }> = {
  name: "ephemeral",
  defaults({ volumeClaimTemplate: template }) {
    if (!template) return;
    defaultClaimSpec((template.spec ??= {}));
  },
  validate(source, path) {
    const template = source.volumeClaimTemplate;
    if (!template) return [required(`${path}.volumeClaimTemplate`)];
    return [
      ...validateAnnotations(template.metadata?.annotations, `${path}.volumeClaimTemplate.metadata.annotations`),
      ...validateLabels(template.metadata?.labels, Path.of(`${path}.volumeClaimTemplate.metadata.labels`)),
      ...validateClaimSpec(template.spec ?? {}, `${path}.volumeClaimTemplate.spec`),
    ];
  },
};
