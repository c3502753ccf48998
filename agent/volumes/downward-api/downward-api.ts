import type { DownwardAPIVolumeFile } from "../../../src/kinds/types/core-v1.generated.ts";
import { fieldValue, resourceValue } from "../../pod/containers/downward.ts";
import type { PodEnvironment } from "../../pod/environment.ts";
import type { Pod } from "../../pod/types.ts";
import { DEFAULT_MODE } from "../object-files.ts";
import { writePayload, type Payload } from "../payload.ts";
import type { VolumeType } from "../volume-type.ts";

/** What a pod may know about itself, as files; labels and annotations are kept up to date. */
export const downwardApi: VolumeType<"downwardAPI"> = {
  source: "downwardAPI",
  async setUp({ pod, volume, source, env, ips }) {
    const path = env.paths.volume(pod.metadata.uid, "downward-api", volume.name);
    writePayload(path, downwardFiles(pod, source.items ?? [], source.defaultMode ?? DEFAULT_MODE, { env, ips }), pod.spec.securityContext?.fsGroup);
    return { path };
  },
};

export function downwardFiles(pod: Pod, items: readonly DownwardAPIVolumeFile[], mode: number, { env, ips }: { env: PodEnvironment; ips: string[] }): Payload {
  return new Map(items.map((item) => {
    const text = item.fieldRef ? fieldValue(pod, item.fieldRef.fieldPath, { hostIps: env.node.ips, podIps: ips })
      : item.resourceFieldRef ? resourceValue(pod, undefined, item.resourceFieldRef, env.node.allocatable()) : "";
    return [item.path, { body: Buffer.from(text), mode: item.mode ?? mode }];
  }));
}
