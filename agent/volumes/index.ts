import { configMap } from "./config-map/config-map.ts";
import { downwardApi } from "./downward-api/downward-api.ts";
import { emptyDir } from "./empty-dir/empty-dir.ts";
import { hostPath } from "./host-path/host-path.ts";
import { projected } from "./projected/projected.ts";
import { secret } from "./secret/secret.ts";
import type { VolumeType } from "./volume-type.ts";

export const volumeTypes = [emptyDir, hostPath, configMap, secret, downwardApi, projected] as unknown as readonly VolumeType[];
