import { isQualifiedName } from "../values/names.ts";

/** What a name of a resource may mean, as upstream's core helpers tell it. */
const CONTAINER = new Set(["cpu", "memory", "ephemeral-storage"]);
const COUNTED = new Set([
  "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims",
  "services.nodeports", "services.loadbalancers",
]);
const STANDARD = new Set([
  ...CONTAINER, ...COUNTED, "storage", "requests.storage",
  "requests.cpu", "requests.memory", "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage",
]);

export const isHugePages = (name: string): boolean => name.startsWith("hugepages-");
export const isNative = (name: string): boolean => !name.includes("/") || name.includes("kubernetes.io/");
export const isStandard = (name: string): boolean => STANDARD.has(name) || isHugePages(name);
export const isStandardForContainers = (name: string): boolean => CONTAINER.has(name) || isHugePages(name);
export const isPodLevel = (name: string): boolean => name === "cpu" || name === "memory" || isHugePages(name);
/** A node may promise more of it than it has. */
export const isOvercommitAllowed = (name: string): boolean => isNative(name) && !isHugePages(name);
/** `vendor.example/device`: counted, never overcommitted. */
export const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith("requests.") && isQualifiedName(`requests.${name}`).length === 0;
export const isInteger = (name: string): boolean => COUNTED.has(name) || isExtended(name);
