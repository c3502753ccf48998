import { mkdirSync } from "node:fs";
import { quantityUnits } from "../../../src/kinds/values/quantity.ts";
import { own } from "../ownership.ts";
import type { VolumeType } from "../volume-type.ts";

/** A directory that lives as long as the pod; in memory where the medium says so. Writable by every user, as upstream has it. */
export const emptyDir: VolumeType<"emptyDir"> = {
  source: "emptyDir",
  async setUp({ pod, volume, source, env }) {
    const path = env.paths.volume(pod.metadata.uid, "empty-dir", volume.name);
    const isNew = mkdirSync(path, { recursive: true }) !== undefined;
    if (source.medium === "Memory" && !env.mounts.isMounted(path)) await env.mounts.tmpfs(path, source.sizeLimit ? quantityUnits(source.sizeLimit) : undefined);
    if (isNew) own(path, { mode: 0o777, group: pod.spec.securityContext?.fsGroup });
    return { path };
  },
};
