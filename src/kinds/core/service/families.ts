import type { WriteContext } from "../../kind.ts";
import type { ServiceSpec } from "../../types/core-v1.generated.ts";
import { parseIp } from "../../values/ip.ts";
import { rangeOf } from "./cluster-ips.ts";
import { refuse } from "./refuse.ts";
import { isHeadless, sameTexts } from "./traits.ts";

/** Fills in ipFamilyPolicy and ipFamilies. Clusters are single-stack, of the family of their service range. */
export function initFamilies(spec: ServiceSpec, old: ServiceSpec | undefined, name: string, ctx: WriteContext): void {
  const isSelectorless = isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= old?.ipFamilyPolicy ?? (isSelectorless ? "RequireDualStack" : "SingleStack");
  const own = rangeOf(ctx).address.family === 4 ? "IPv4" : "IPv6";
  if (old && spec.ipFamilyPolicy === "SingleStack") reduceToOne(spec, old);
  refuseTooMany(spec, name);
  for (const [i, ip] of (spec.clusterIPs ?? []).entries()) {
    const family = familyOf(ip);
    if (!family || i < (spec.ipFamilies?.length ?? 0)) continue;
    if (family !== own) refuse(name, `spec.clusterIPs[${i}]`, spec.clusterIPs, `${family} is not configured on this cluster`);
    spec.ipFamilies = [...(spec.ipFamilies ?? []), family];
  }
  // A headless service without selector has endpoints of its author's making: any family is allowed.
  if (isSelectorless) {
    spec.ipFamilies = spec.ipFamilies?.length ? spec.ipFamilies : [own];
    if (spec.ipFamilies.length < 2 && spec.ipFamilyPolicy !== "SingleStack") spec.ipFamilies = [...spec.ipFamilies, spec.ipFamilies[0] === "IPv4" ? "IPv6" : "IPv4"];
    return;
  }
  // What was accepted once (headless, while it had no selector) stays.
  if (!old || old.type === "ExternalName" || !sameTexts(old.ipFamilies, spec.ipFamilies)) refuseUnconfigured(spec, own, name);
  spec.ipFamilies = spec.ipFamilies?.length ? spec.ipFamilies : [own];
}

function reduceToOne(spec: ServiceSpec, old: ServiceSpec): void {
  if (sameTexts(spec.clusterIPs, old.clusterIPs)) spec.clusterIPs = spec.clusterIPs?.slice(0, 1);
  if (sameTexts(spec.ipFamilies, old.ipFamilies)) spec.ipFamilies = spec.ipFamilies?.slice(0, 1);
}

function refuseTooMany(spec: ServiceSpec, name: string): void {
  if (spec.ipFamilyPolicy !== "SingleStack") return;
  const text = (what: string) => `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
  if (spec.clusterIPs?.length === 2) refuse(name, "spec.ipFamilyPolicy", spec.ipFamilyPolicy, text("cluster IPs"));
  if (spec.ipFamilies?.length === 2) refuse(name, "spec.ipFamilyPolicy", spec.ipFamilyPolicy, text("IP families"));
}

function refuseUnconfigured(spec: ServiceSpec, own: "IPv4" | "IPv6", name: string): void {
  if (spec.ipFamilyPolicy === "RequireDualStack") refuse(name, "spec.ipFamilyPolicy", spec.ipFamilyPolicy, "this cluster is not configured for dual-stack services");
  for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
    const isKnown = family === "IPv4" || family === "IPv6";
    if (isKnown && family !== own) refuse(name, `spec.ipFamilies[${i}]`, family, "not configured on this cluster");
  }
}

function familyOf(ip: string): "IPv4" | "IPv6" | undefined {
  const parsed = parseIp(ip);
  return parsed && (parsed.family === 4 ? "IPv4" : "IPv6");
}
