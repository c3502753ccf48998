import type { WriteContext } from "../../kind.ts";
import { restore } from "../../status-subresource.ts";
import type { Service } from "../../types/core-v1.generated.ts";
import { allocateClusterIps } from "./cluster-ips.ts";
import { initFamilies } from "./families.ts";
import { allocateNodePorts } from "./node-ports.ts";
import { dropFieldsOfOldType, keepAllocated } from "./type-change.ts";
import { isHeadless, needsClusterIp, sameTexts } from "./traits.ts";

export function prepareServiceForCreate(obj: Service, ctx: WriteContext): void {
  const spec = obj.spec!;
  obj.status = { loadBalancer: {} };
  if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
  if (needsClusterIp(spec)) allocateAddress(obj, undefined, ctx);
  allocateNodePorts(obj, undefined, ctx);
}

export function prepareServiceForUpdate(obj: Service, old: Service, ctx: WriteContext): void {
  restore(obj, old, "status");
  keepAllocated(obj.spec!, old.spec!);
  syncClusterIps(obj, old);
  dropFieldsOfOldType(obj, old);
  if (needsClusterIp(obj.spec!)) allocateAddress(obj, old, ctx);
  allocateNodePorts(obj, old, ctx);
}

function allocateAddress(obj: Service, old: Service | undefined, ctx: WriteContext): void {
  const spec = obj.spec!;
  const name = obj.metadata.name ?? "";
  initFamilies(spec, old?.spec, name, ctx);
  if (!isHeadless(spec)) allocateClusterIps(spec, old?.spec, name, ctx);
}

/** Clients of old know clusterIP alone: what they did to it is done to clusterIPs. */
function syncClusterIps(obj: Service, old: Service): void {
  const [spec, before] = [obj.spec!, old.spec!];
  const isSame = spec.clusterIP === before.clusterIP;
  if (before.clusterIPs?.length && !spec.clusterIPs?.length && isSame) spec.clusterIPs = [...before.clusterIPs];
  if (isSame || !sameTexts(spec.clusterIPs, before.clusterIPs)) return;
  if (before.clusterIP && !spec.clusterIP) delete spec.clusterIPs;
  else spec.clusterIPs = [spec.clusterIP!];
}
