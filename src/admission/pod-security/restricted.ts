import type { Container, SecurityContext, Volume } from "../../kinds/types/core-v1.generated.ts";
import { procMount } from "./baseline.ts";
import { containersOf, eachContainer, hasOwnUsers, isWindows, named, plural, quoted, setters, sorted, unless, type Check, type CheckedPod, type Violation } from "./check.ts";
import { isAllowedSeccomp } from "./seccomp.ts";

/** Level restricted: these in addition to baseline, and instead of those that they override. */
export interface RestrictedCheck extends Check { overrides?: string }

const VOLUME_TYPES = new Set(["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"]);

const allowPrivilegeEscalation = eachContainer("allowPrivilegeEscalation != false",
  ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false, (names) => `${names} must set securityContext.allowPrivilegeEscalation=false`);

export const restricted: Readonly<Record<string, readonly RestrictedCheck[]>> = {
  allowPrivilegeEscalation: [{ from: 8, find: allowPrivilegeEscalation }, { from: 25, find: unless(isWindows, allowPrivilegeEscalation) }],
  capabilities_restricted: [
    { from: 22, find: capabilities, overrides: "capabilities_baseline" },
    { from: 25, find: unless(isWindows, capabilities), overrides: "capabilities_baseline" },
  ],
  procMount_restricted: [{ from: 35, find: procMount, overrides: "procMount" }],
  restrictedVolumes: [{ from: 0, find: volumes, overrides: "hostPathVolumes" }],
  runAsNonRoot: [{ from: 0, find: runAsNonRoot }, { from: 35, find: unless(hasOwnUsers, runAsNonRoot) }],
  runAsUser: [{ from: 23, find: runAsUser }, { from: 35, find: unless(hasOwnUsers, runAsUser) }],
  seccompProfile_restricted: [
    { from: 19, find: seccomp, overrides: "seccompProfile_baseline" },
    { from: 25, find: unless(isWindows, seccomp), overrides: "seccompProfile_baseline" },
  ],
};

function capabilities(pod: CheckedPod): Violation | undefined {
  const keeping = containersOf(pod).filter(({ securityContext }) => !securityContext?.capabilities?.drop?.includes("ALL"));
  const added = ({ securityContext }: Container) => (securityContext?.capabilities?.add ?? []).filter((name) => name !== "NET_BIND_SERVICE");
  const adding = containersOf(pod).filter((container) => added(container).length > 0);
  const details = [
    ...(keeping.length > 0 ? [`${named(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length > 0 ? [`${named(adding)} must not include ${quoted(sorted(adding.flatMap(added)))} in securityContext.capabilities.add`] : []),
  ];
  return details.length === 0 ? undefined : { reason: "unrestricted capabilities", detail: details.join("; ") };
}

function volumes({ spec }: CheckedPod): Violation | undefined {
  const typeOf = (volume: Volume) => Object.keys(volume).find((key) => key !== "name" && volume[key as keyof Volume] != null) ?? "unknown";
  const bad = (spec.volumes ?? []).filter((volume) => !VOLUME_TYPES.has(typeOf(volume)));
  if (bad.length === 0) return undefined;
  const types = sorted(bad.map(typeOf));
  return {
    reason: "restricted volume types",
    detail: `${plural("volume", "volumes", bad.length)} ${quoted(bad.map((v) => v.name))} ${plural("uses", "use", bad.length)} ${plural("restricted volume type", "restricted volume types", types.length)} ${quoted(types)}`,
  };
}

function runAsNonRoot(pod: CheckedPod): Violation | undefined {
  const reason = "runAsNonRoot != true";
  const who = setters(pod, ({ runAsNonRoot: value }) => value === false);
  if (who !== "") return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` };
  const silent = pod.spec.securityContext?.runAsNonRoot ? [] : containersOf(pod).filter(({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  return silent.length === 0 ? undefined : { reason, detail: `pod or ${named(silent)} must set securityContext.runAsNonRoot=true` };
}

function runAsUser(pod: CheckedPod): Violation | undefined {
  const who = setters(pod, ({ runAsUser: value }) => value === 0);
  return who === "" ? undefined : { reason: "runAsUser=0", detail: `${who} must not set runAsUser=0` };
}

function seccomp(pod: CheckedPod): Violation | undefined {
  const reason = "seccompProfile";
  const isBad = ({ seccompProfile }: SecurityContext) => seccompProfile !== undefined && !isAllowedSeccomp(seccompProfile.type);
  const who = setters(pod, isBad);
  if (who !== "") {
    const contexts = [pod.spec.securityContext as SecurityContext | undefined, ...containersOf(pod).map((c) => c.securityContext)];
    const values = sorted(contexts.filter((context) => context && isBad(context)).map((context) => context!.seccompProfile!.type));
    return { reason, detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(values)}` };
  }
  const silent = pod.spec.securityContext?.seccompProfile ? [] : containersOf(pod).filter(({ securityContext }) => securityContext?.seccompProfile === undefined);
  return silent.length === 0 ? undefined : { reason, detail: `pod or ${named(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"` };
}
