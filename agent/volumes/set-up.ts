/** The volumes of a pod by their types' list. */
import { rmSync } from "node:fs";
import type { Volume } from "../../src/kinds/types/core-v1.generated.ts";
import type { PodEnvironment } from "../pod/environment.ts";
import type { Pod } from "../pod/types.ts";
import { volumeTypes } from "./index.ts";
import type { VolumeResult } from "./volume-type.ts";

export async function setUpVolume(pod: Pod, volume: Volume, options: { env: PodEnvironment; ips: string[] }): Promise<VolumeResult> {
  for (const type of volumeTypes) {
    const source = volume[type.source];
    if (source) return type.setUp({ pod, volume, source, ...options });
  }
  throw new Error(`no volume plugin matched name: ${volume.name}`);
}

export async function tearDownVolumes(pod: Pod, env: PodEnvironment): Promise<void> {
  const dir = `${env.paths.pod(pod.metadata.uid)}/volumes`;
  await env.mounts.unmountAll(dir);
  rmSync(dir, { recursive: true, force: true });
}
