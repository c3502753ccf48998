import type { RemoteService } from "../aggregation/aggregation.ts";
import { groupPriority, versionPriority } from "../../kinds/apiregistration/api-service/priorities.ts";
import { compareVersions } from "../../kinds/values/versions.ts";
import type { ServedGroup, ServedVersion } from "./groups.ts";

/** What upstream gives to custom resources. */
const CUSTOM_GROUP_PRIORITY = 1_000;
const CUSTOM_VERSION_PRIORITY = 100;

/**
 * What extension API servers serve, among what the cluster serves itself, in the order that APIServices ask for: groups by
 * the highest priority of any of their versions and then by name, versions by their own and then as versions are ordered.
 */
export function withRemote(groups: readonly ServedGroup[], services: readonly RemoteService[]): ServedGroup[] {
  const before = arranged.get(groups);
  if (before?.services === services) return before.result;
  const result = arrange(groups, services);
  arranged.set(groups, { services, result });
  return result;
}

const arranged = new WeakMap<readonly ServedGroup[], { services: readonly RemoteService[]; result: ServedGroup[] }>();

function arrange(groups: readonly ServedGroup[], services: readonly RemoteService[]): ServedGroup[] {
  const merged = new Map(groups.map(({ group, versions }) => [group, { group, versions: [...versions] }]));
  for (const remote of services) {
    const group = merged.get(remote.group) ?? { group: remote.group, versions: [] };
    merged.set(remote.group, group);
    const others = group.versions.filter(({ version }) => version !== remote.version);
    group.versions = [...others, { version: remote.version, resources: [], remote }].sort((a, b) => byVersion(group.group, a, b));
  }
  return [...merged.values()].sort((a, b) => priorityOf(b) - priorityOf(a));
}

function byVersion(group: string, a: ServedVersion, b: ServedVersion): number {
  const priority = ({ version, remote }: ServedVersion) => remote?.versionPriority ?? (groupPriority(group) === undefined ? CUSTOM_VERSION_PRIORITY : versionPriority(group, version));
  return priority(b) - priority(a) || compareVersions(a.version, b.version);
}

const priorityOf = ({ group, versions }: ServedGroup): number =>
  Math.max(...versions.map(({ remote }) => remote?.groupPriorityMinimum ?? groupPriority(group) ?? CUSTOM_GROUP_PRIORITY));
