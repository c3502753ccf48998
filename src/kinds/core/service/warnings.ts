import type { Service } from "../../types/core-v1.generated.ts";
import { cidrWarnings, ipWarnings } from "../../values/ip.ts";

const HINTS = "service.kubernetes.io/topology-aware-hints";
const MODE = "service.kubernetes.io/topology-mode";

/** Fields that have no effect on a service of this sort, or that are on their way out. */
export function warnings({ metadata, spec = {} }: Service): string[] {
  const isHeadless = spec.type === "ClusterIP" && spec.clusterIP === "None";
  const isExternal = spec.type === "ExternalName";
  const hasExternalIps = (spec.externalIPs?.length ?? 0) > 0;
  const texts: [boolean, string][] = [
    [metadata.annotations?.[HINTS] !== undefined, `annotation ${HINTS} is deprecated, please use ${MODE} instead`],
    [isHeadless && !!spec.loadBalancerIP, "spec.loadBalancerIP is ignored for headless services"],
    [isHeadless && hasExternalIps, "spec.externalIPs is ignored for headless services"],
    [isHeadless && spec.sessionAffinity !== "None", "spec.SessionAffinity is ignored for headless services"],
    [hasExternalIps && !isHeadless && !isExternal, "spec.externalIPs is deprecated and may no longer be implemented in some clusters"],
    [isExternal && hasExternalIps, 'spec.externalIPs is ignored when spec.type is "ExternalName"'],
    [!isExternal && !!spec.externalName, 'spec.externalName is ignored when spec.type is not "ExternalName"'],
    [spec.trafficDistribution === "PreferClose", 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'],
  ];
  return [
    ...texts.flatMap(([holds, text]) => (holds ? [text] : [])),
    ...(spec.clusterIPs ?? []).flatMap((ip, i) => ipWarnings(`spec.clusterIPs[${i}]`, ip)),
    ...(spec.externalIPs ?? []).flatMap((ip, i) => ipWarnings(`spec.externalIPs[${i}]`, ip)),
    ...ipWarnings("spec.loadBalancerIP", spec.loadBalancerIP ?? ""),
    ...(spec.loadBalancerSourceRanges ?? []).flatMap((range, i) => cidrWarnings(`spec.loadBalancerSourceRanges[${i}]`, range)),
  ];
}
