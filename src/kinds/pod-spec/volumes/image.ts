import type { VolumeType } from "./volume-type.ts";
import { defaultPullPolicy, validatePullPolicy } from "../image-reference.ts";

/** An empty reference is allowed in templates (higher-level tools fill it in); Pod refuses it itself. */
export const image: VolumeType<{ reference?: string; pullPolicy?: string }> = {
  name: "image",
  defaults(source) { source.pullPolicy ||= defaultPullPolicy(source.reference ?? ""); },
  validate: (source, path) => validatePullPolicy(source.pullPolicy, `${path}.pullPolicy`),
};
