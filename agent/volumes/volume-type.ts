/** A volume type brings a directory (or file) of the node to be mounted. `setUp` is idempotent and also refreshes. */
import type { Volume } from "../../src/kinds/types/core-v1.generated.ts";
import type { PodEnvironment } from "../pod/environment.ts";
import type { Pod } from "../pod/types.ts";

export interface VolumeContext<Source> { pod: Pod; volume: Volume; source: Source; env: PodEnvironment; ips: string[] }

export interface VolumeResult { path: string; /** Look again after this long. */ refreshMs?: number }

export interface VolumeType<K extends keyof Volume = keyof Volume> {
  source: K;
  setUp(context: VolumeContext<NonNullable<Volume[K]>>): Promise<VolumeResult>;
}
