import type { VolumeType } from "./volume-type.ts";
import type { ProjectedVolumeSource } from "../../types/core-v1.generated.ts";
import { defaultDownwardFiles } from "./downward-api.ts";
import { validateFileMode } from "./paths.ts";
import { validateProjections } from "./projections.ts";

export const projected: VolumeType<ProjectedVolumeSource> = {
  name: "projected",
  defaults(source) {
    source.defaultMode ??= 0o644;
    for (const { downwardAPI, serviceAccountToken } of source.sources ?? []) {
      defaultDownwardFiles(downwardAPI?.items);
      if (serviceAccountToken) serviceAccountToken.expirationSeconds ??= 3600;
    }
  },
  validate: (source, path) => [
    ...validateFileMode(source.defaultMode, `${path}.defaultMode`),
    ...validateProjections(source.sources ?? [], path),
  ],
};
