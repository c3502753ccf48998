import type { VolumeType } from "./volume-type.ts";
import type { KeyToPath } from "../../types/core-v1.generated.ts";
import { required } from "../../../lib/field-error.ts";
import { validateFileMode, validateItems } from "./paths.ts";

export const configMap: VolumeType<{ name?: string; items?: KeyToPath[]; defaultMode?: number; optional?: boolean }> = {
  name: "configMap",
  defaults(source) { source.defaultMode ??= 0o644; },
  validate: (source, path) => [
    ...(source.name ? [] : [required(`${path}.name`)]),
    ...validateFileMode(source.defaultMode, `${path}.defaultMode`),
    ...validateItems(source.items, `${path}.items`),
  ],
};
