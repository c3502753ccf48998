import type { Kind, KindVersion, Subresource, Verb } from "../../kinds/kind.ts";
import { compareVersions } from "../../kinds/values/versions.ts";
import type { RemoteService } from "../aggregation/aggregation.ts";

/** Kinds arranged as discovery shows them: group, version, resource. Groups keep the order of the list of kinds. */
export interface ServedGroup { group: string; versions: ServedVersion[] }
/** `remote`: an extension API server has the resources. */
export interface ServedVersion { version: string; resources: ServedResource[]; remote?: RemoteService }
export interface ServedResource { kind: Kind; version: KindVersion; verbs: readonly string[]; subresources: ServedSubresource[] }
export interface ServedSubresource { name: string; verbs: readonly string[]; response: GroupVersionKind }
export interface GroupVersionKind { group: string; version: string; kind: string }

const allVerbs: readonly Verb[] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

export function servedGroups(kinds: readonly Kind[]): ServedGroup[] {
  const groups = new Map<string, Map<string, ServedResource[]>>();
  for (const kind of kinds) {
    for (const version of kind.versions) {
      if (version.served === false) continue;
      const group = version.group ?? kind.group;
      const versions = groups.get(group) ?? groups.set(group, new Map()).get(group)!;
      const resources = versions.get(version.version) ?? versions.set(version.version, []).get(version.version)!;
      resources.push(servedResource(kind, version, group));
    }
  }
  return [...groups].map(([group, versions]) => ({
    group,
    versions: [...versions].sort(([a], [b]) => compareVersions(a, b)).map(([version, resources]) => ({ version, resources: resources.sort(byName) })),
  }));
}

function byName(a: ServedResource, b: ServedResource): number {
  return a.kind.resource < b.kind.resource ? -1 : 1;
}

function servedResource(kind: Kind, version: KindVersion, group: string): ServedResource {
  const own = { group, version: version.version, kind: kind.kind };
  // A subresource without verbs is a door for other parts of the cluster alone.
  const subresources = Object.entries(kind.subresources ?? {}).filter(([, sub]) => subresourceVerbs(sub).length > 0).sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sub]) => ({ name, verbs: sortedVerbs(subresourceVerbs(sub)), response: responseOf(sub, own) }));
  return { kind, version, verbs: sortedVerbs(kind.verbs ?? allVerbs), subresources };
}

const methodVerbs: Record<string, string> = { GET: "get", POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };

function subresourceVerbs(sub: Subresource): readonly string[] {
  if (sub.type === "scale") return ["get", "patch", "update"];
  if (sub.type !== "connect") return sub.verbs;
  return sub.methods.flatMap((method) => methodVerbs[method] ?? []);
}

function responseOf(sub: Subresource, own: GroupVersionKind): GroupVersionKind {
  if (sub.type === "scale") return { group: "autoscaling", version: "v1", kind: "Scale" };
  if (sub.type === "action") return { group: sub.input.group, version: sub.input.version, kind: sub.input.kind };
  if (sub.type === "connect" && sub.options) return { ...own, kind: sub.options.slice(sub.options.lastIndexOf(".") + 1) };
  return own;
}

const sortedVerbs = (verbs: readonly string[]): string[] => [...new Set(verbs)].sort();
