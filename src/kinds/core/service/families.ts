import type { ClusterFacts, WriteContext } from "../../kind.ts";
import { type FieldError, invalidValue } from "../../../lib/field-error.ts";
import type { ServiceSpec } from "../../types/core-v1.generated.ts";
import { parseCidr, parseIp } from "../../values/ip.ts";
import { refuseAll } from "./refuse.ts";
import { isHeadless, sameTexts } from "./traits.ts";
import { validateAddresses } from "./validate-addresses.ts";

const POLICY = "spec.ipFamilyPolicy";

/** Fills in ipFamilyPolicy and ipFamilies. What a cluster is configured for are the families of its own ranges. */
export function initFamilies(spec: ServiceSpec, old: ServiceSpec | undefined, name: string, ctx: WriteContext): void {
  if (keepsPreference(spec, old)) return;
  const own = ctx.cluster.serviceCidrs.map(familyOfCidr);
  const isSelectorless = isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= old?.ipFamilyPolicy ?? (isSelectorless ? "RequireDualStack" : "SingleStack");
  refuseAll(name, validateAddresses(spec));
  const errors = old ? reduce(spec, old) : [];
  refuseAll(name, [...errors, ...tooMany(spec), ...inferFromAddresses(spec, own)]);
  if (!isSelectorless) refuseAll(name, unconfigured(spec, own));
  const families = spec.ipFamilies?.length ? spec.ipFamilies : [own[0]!];
  // A headless service without selector has endpoints of its author's making: both families on any cluster.
  const wantsBoth = spec.ipFamilyPolicy !== "SingleStack" && families.length === 1 && (isSelectorless || own.length === 2);
  spec.ipFamilies = wantsBoth ? [...families, families[0] === "IPv4" ? "IPv6" : "IPv4"] : families;
}

/** A service that would take either is not moved to two families, or back to one, because the cluster has changed. */
function keepsPreference(spec: ServiceSpec, old: ServiceSpec | undefined): boolean {
  return spec.ipFamilyPolicy === "PreferDualStack" && old?.ipFamilyPolicy === "PreferDualStack"
    && sameTexts(spec.clusterIPs, old.clusterIPs) && sameTexts(spec.ipFamilies, old.ipFamilies) && (spec.ipFamilies?.length ?? 0) > 0;
}

/** SingleStack alone is clear enough; with another policy nothing may be taken away. */
function reduce(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  const [addressesStay, familiesStay] = [sameTexts(spec.clusterIPs, old.clusterIPs), sameTexts(spec.ipFamilies, old.ipFamilies)];
  if (spec.ipFamilyPolicy === "SingleStack") {
    if (addressesStay) spec.clusterIPs = spec.clusterIPs?.slice(0, 1);
    if (familiesStay) spec.ipFamilies = spec.ipFamilies?.slice(0, 1);
    return [];
  }
  const lost = (now: readonly string[] = [], then: readonly string[] = []) => then.length === 2 && now.length === 1 && now[0] === then[0];
  return [
    ...(lost(spec.clusterIPs, old.clusterIPs) ? [invalidValue(POLICY, spec.ipFamilyPolicy, "must be 'SingleStack' to release the secondary cluster IP")] : []),
    ...(lost(spec.ipFamilies, old.ipFamilies) ? [invalidValue(POLICY, spec.ipFamilyPolicy, "must be 'SingleStack' to release the secondary IP family")] : []),
  ];
}

function tooMany(spec: ServiceSpec): FieldError[] {
  if (spec.ipFamilyPolicy !== "SingleStack") return [];
  const error = (what: string) => invalidValue(POLICY, spec.ipFamilyPolicy, `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`);
  return [...(spec.clusterIPs?.length === 2 ? [error("cluster IPs")] : []), ...(spec.ipFamilies?.length === 2 ? [error("IP families")] : [])];
}

function inferFromAddresses(spec: ServiceSpec, own: readonly string[]): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, ip] of (spec.clusterIPs ?? []).entries()) {
    const family = familyOf(ip);
    if (!family || i < (spec.ipFamilies?.length ?? 0)) continue;
    if (own.includes(family)) spec.ipFamilies = [...(spec.ipFamilies ?? []), family];
    else errors.push(invalidValue(`spec.clusterIPs[${i}]`, spec.clusterIPs, `${family} is not configured on this cluster`));
  }
  return errors;
}

function unconfigured(spec: ServiceSpec, own: readonly string[]): FieldError[] {
  const errors = spec.ipFamilyPolicy === "RequireDualStack" && own.length < 2
    ? [invalidValue(POLICY, spec.ipFamilyPolicy, "this cluster is not configured for dual-stack services")] : [];
  (spec.ipFamilies ?? []).forEach((family, i) => { if (!own.includes(family)) errors.push(invalidValue(`spec.ipFamilies[${i}]`, family, "not configured on this cluster")); });
  return errors;
}

function familyOf(ip: string): "IPv4" | "IPv6" | undefined {
  const parsed = parseIp(ip);
  return parsed && (parsed.family === 4 ? "IPv4" : "IPv6");
}

/** The ranges' families, primary first. */
const familyOfCidr = (cidr: ClusterFacts["serviceCidrs"][number]): string => (parseCidr(cidr)?.address.family === 6 ? "IPv6" : "IPv4");
