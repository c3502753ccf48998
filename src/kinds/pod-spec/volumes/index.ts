import type { VolumeType } from "./volume-type.ts";
import { configMap } from "./config-map.ts";
import { csi } from "./csi.ts";
import { downwardAPI } from "./downward-api.ts";
import { emptyDir } from "./empty-dir.ts";
import { ephemeral } from "./ephemeral.ts";
import { hostPath } from "./host-path.ts";
import { image } from "./image.ts";
import { iscsi } from "./iscsi.ts";
import { nfs } from "./nfs.ts";
import { persistentVolumeClaim } from "./persistent-volume-claim.ts";
import { projected } from "./projected.ts";
import { secret } from "./secret.ts";
import { vendorVolumes } from "./vendor-volumes.ts";

/** In upstream's order: where a volume has two sources, the later one is reported. */
export const volumeTypes: readonly VolumeType[] = [
  emptyDir, hostPath, secret, nfs, iscsi, persistentVolumeClaim, downwardAPI, configMap, projected, csi, ephemeral, image,
  ...vendorVolumes,
];

export const volumeTypesByName: ReadonlyMap<string, VolumeType> = new Map(volumeTypes.map((type) => [type.name, type]));
