import type { RemoteDiscovery } from "../aggregation/remote-discovery.ts";
import { storageVersionHash } from "./storage-version-hash.ts";
import type { GroupVersionKind, ServedGroup, ServedResource, ServedVersion } from "./groups.ts";

/** apidiscovery.k8s.io: everything in one answer. `v2` and `v2beta1` differ in name only. */
export function aggregated(groups: readonly ServedGroup[], version: string, discovered: ReadonlyMap<ServedVersion, RemoteDiscovery>): object {
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(({ group, versions }) => ({
      metadata: { ...(group && { name: group }), creationTimestamp: null },
      versions: versions.map((served) => ({
        version: served.version,
        ...(discovered.get(served) ?? { resources: served.resources.map((resource) => aggregatedResource(resource, { group, version: served.version, kind: resource.kind.kind })), freshness: "Current" }),
      })),
    })),
  };
}

function aggregatedResource({ kind, verbs, subresources }: ServedResource, responseKind: GroupVersionKind): object {
  return {
    resource: kind.resource,
    responseKind,
    scope: kind.scope === "Namespaced" ? "Namespaced" : "Cluster",
    singularResource: kind.singular,
    verbs,
    ...(kind.shortNames?.length && { shortNames: kind.shortNames }),
    ...(kind.categories?.length && { categories: kind.categories }),
    ...(subresources.length > 0 && {
      subresources: subresources.map((sub) => ({ subresource: sub.name, responseKind: sub.response, verbs: sub.verbs })),
    }),
  };
}

export function apiVersions(groups: readonly ServedGroup[], serverAddress: string): object {
  const core = groups.find(({ group }) => group === "");
  return {
    kind: "APIVersions",
    versions: core?.versions.map(({ version }) => version) ?? [],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress }],
  };
}

export function apiGroupList(groups: readonly ServedGroup[]): object {
  return { kind: "APIGroupList", apiVersion: "v1", groups: groups.filter(({ group }) => group !== "").map(groupEntry) };
}

export function apiGroup(group: ServedGroup): object {
  return { kind: "APIGroup", apiVersion: "v1", ...groupEntry(group) };
}

function groupEntry({ group, versions }: ServedGroup) {
  const entries = versions.map(({ version }) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: entries, preferredVersion: entries[0] };
}

export function apiResourceList(group: string, { version, resources }: ServedVersion): object {
  return {
    kind: "APIResourceList",
    ...(group && { apiVersion: "v1" }), // absent for the core group upstream, too
    groupVersion: group ? `${group}/${version}` : version,
    resources: resources.flatMap((resource) => resourceEntries(resource, { group, version, kind: resource.kind.kind })),
  };
}

function resourceEntries({ kind, verbs, subresources }: ServedResource, own: GroupVersionKind): object[] {
  const namespaced = kind.scope === "Namespaced";
  const main = {
    name: kind.resource,
    singularName: kind.singular,
    namespaced,
    kind: kind.kind,
    verbs,
    ...(kind.shortNames?.length && { shortNames: kind.shortNames }),
    ...(kind.categories?.length && { categories: kind.categories }),
    ...(verbs.includes("delete") && { storageVersionHash: storageVersionHash(kind) }),
  };
  return [main, ...subresources.map((sub) => {
    const foreign = sub.response.group !== own.group || sub.response.version !== own.version;
    return {
      name: `${kind.resource}/${sub.name}`,
      singularName: "",
      namespaced,
      ...(foreign && { group: sub.response.group, version: sub.response.version }),
      kind: sub.response.kind,
      verbs: sub.verbs,
    };
  })];
}
