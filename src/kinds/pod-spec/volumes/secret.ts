import type { VolumeType } from "./volume-type.ts";
import type { KeyToPath } from "../../types/core-v1.generated.ts";
import { required } from "../../../lib/field-error.ts";
import { validateFileMode, validateItems } from "./paths.ts";

export const secret: VolumeType<{ secretName?: string; items?: KeyToPath[]; defaultMode?: number; optional?: boolean }> = {
  name: "secret",
  defaults(source) { source.defaultMode ??= 0o644; },
  validate: (source, path) => [
    ...(source.secretName ? [] : [required(`${path}.secretName`)]),
    ...validateFileMode(source.defaultMode, `${path}.defaultMode`),
    ...validateItems(source.items, `${path}.items`),
  ],
};
