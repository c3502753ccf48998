import { type FieldError, forbiddenField, required } from "../../../lib/field-error.ts";
import type { ReadContext } from "../../kind.ts";
import { validateImageSpaces } from "../../pod-spec/containers.ts";
import { validatePodSpec } from "../../pod-spec/validate.ts";
import type { Container, Pod, PodSpec } from "../../types/core-v1.generated.ts";
import { isMirrorPod, validatePodAnnotations, validateProfileAnnotations } from "./annotations.ts";

/** Also runs on updates, so what holds only for new pods is in `validateNewPod`. */
export function validatePod(obj: Pod, _ctx?: ReadContext): FieldError[] {
  const spec = obj.spec ?? { containers: [] };
  const errors = validatePodSpec(spec, "spec", { name: obj.metadata.name, isMirror: isMirrorPod(obj) });
  if (obj.metadata.annotations) errors.unshift(...validatePodAnnotations(obj));
  errors.push(...validateImages(spec.containers ?? [], "spec.containers"), ...validateImages(spec.initContainers ?? [], "spec.initContainers"));
  if (spec.volumes) errors.push(...validateOwnVolumes(spec));
  return isNew(obj) ? errors.concat(validateNewPod(obj)) : errors;
}

/** A stored object has a revision, and so has the draft of an update. */
const isNew = (obj: Pod): boolean => obj.metadata.resourceVersion === undefined;

function validateNewPod(obj: Pod): FieldError[] {
  const { spec } = obj;
  return [
    ...validateProfileAnnotations(obj),
    ...(spec?.ephemeralContainers?.length ? [forbiddenField("spec.ephemeralContainers", "cannot be set on create")] : []),
    ...(spec?.nodeName && spec.schedulingGates?.length ? [forbiddenField("spec.nodeName", "cannot be set until all schedulingGates have been cleared")] : []),
  ];
}

const validateImages = (containers: readonly Container[], path: string): FieldError[] =>
  containers.flatMap((container, i) => validateImageSpaces(container, `${path}[${i}].image`));

/** What templates may leave to admission, which has run for a pod. */
function validateOwnVolumes(spec: PodSpec): FieldError[] {
  const errors: FieldError[] = [];
  spec.volumes?.forEach((volume, i) => {
    if (volume.image && !volume.image.reference) errors.push(required(`spec.volumes[${i}].image.reference`));
    if (spec.serviceAccountName) return;
    volume.projected?.sources?.forEach((source, j) => {
      if (!source.serviceAccountToken) return;
      errors.push(forbiddenField(`spec.volumes[${i}].projected.sources[${j}].serviceAccountToken`, "must not be specified when serviceAccountName is not set"));
    });
  });
  return errors;
}
