import { DEFAULT_MODE, objectFiles } from "../object-files.ts";
import { writePayload } from "../payload.ts";
import type { VolumeType } from "../volume-type.ts";

/** Keys of a Secret as files, kept up to date. */
export const secret: VolumeType<"secret"> = {
  source: "secret",
  async setUp({ pod, volume, source, env }) {
    const path = env.paths.volume(pod.metadata.uid, "secret", volume.name);
    const files = await objectFiles(pod, { resource: "secrets", name: source.secretName ?? "", items: source.items, optional: source.optional, mode: source.defaultMode ?? DEFAULT_MODE }, env);
    writePayload(path, files, pod.spec.securityContext?.fsGroup);
    return { path };
  },
};
