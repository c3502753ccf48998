/** Upstream's order of the built-in groups in discovery. */
const GROUPS: Readonly<Record<string, number>> = {
  "": 18_000, "apps": 17_800, "events.k8s.io": 17_750, "authentication.k8s.io": 17_700, "authorization.k8s.io": 17_600, "autoscaling": 17_500,
  "batch": 17_400, "certificates.k8s.io": 17_300, "networking.k8s.io": 17_200, "policy": 17_100, "rbac.authorization.k8s.io": 17_000,
  "storage.k8s.io": 16_800, "apiextensions.k8s.io": 16_700, "admissionregistration.k8s.io": 16_700, "scheduling.k8s.io": 16_600,
  "coordination.k8s.io": 16_500, "node.k8s.io": 16_300, "discovery.k8s.io": 16_200, "flowcontrol.apiserver.k8s.io": 16_100,
  "resource.k8s.io": 15_900,
  // It has no APIService, and comes before all that have.
  "apiregistration.k8s.io": 20_001,
};

/** Undefined for groups of custom resources. */
export const groupPriority = (group: string): number | undefined => GROUPS[group];

const VERSIONS: Readonly<Record<string, number>> = { "v1.": 1, "v1.flowcontrol.apiserver.k8s.io": 21 };

/** Of a built-in version. */
export const versionPriority = (group: string, version: string): number => VERSIONS[`${version}.${group}`] ?? (version === "v2" ? 30 : version === "v1" ? 15 : 9);
