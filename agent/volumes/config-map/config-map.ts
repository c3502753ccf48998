import { DEFAULT_MODE, objectFiles } from "../object-files.ts";
import { writePayload } from "../payload.ts";
import type { VolumeType } from "../volume-type.ts";

/** Keys of a ConfigMap as files, kept up to date. */
export const configMap: VolumeType<"configMap"> = {
  source: "configMap",
  async setUp({ pod, volume, source, env }) {
    const path = env.paths.volume(pod.metadata.uid, "configmap", volume.name);
    const files = await objectFiles(pod, { resource: "configmaps", name: source.name ?? "", items: source.items, optional: source.optional, mode: source.defaultMode ?? DEFAULT_MODE }, env);
    writePayload(path, files, pod.spec.securityContext?.fsGroup);
    return { path };
  },
};
