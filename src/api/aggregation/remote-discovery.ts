import type { Call } from "../call.ts";
import type { RemoteService } from "./aggregation.ts";
import { remembered } from "./remembered.ts";
import { remoteDocument } from "./remote-document.ts";

/** Resources of a version as apidiscovery.k8s.io lists them, and whether the server has just said so. */
export interface RemoteDiscovery { resources: object[]; freshness: "Current" | "Stale" }

const resourcesOf = remembered(ask);

/** What is known of a server that does not answer is still told, as stale. */
export async function discoveryOf(call: Call, remote: RemoteService): Promise<RemoteDiscovery> {
  const { value = [], isStale } = await resourcesOf(call, remote);
  return { resources: value, freshness: isStale ? "Stale" : "Current" };
}

const ACCEPT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

interface GroupDiscoveryList { items?: { metadata?: { name?: string }; versions?: { version?: string; resources?: object[] }[] }[] }

/** In one document if the server has it, else by the version's own. Undefined: it did not say. */
async function ask(call: Call, remote: RemoteService): Promise<object[] | undefined> {
  const { group, version } = remote;
  const whole = await remoteDocument<GroupDiscoveryList>(call, remote, "/apis", ACCEPT);
  if (Array.isArray(whole?.items)) {
    const found = whole.items.find(({ metadata }) => metadata?.name === group)?.versions?.find((v) => v.version === version);
    if (Array.isArray(found?.resources)) return found.resources;
  }
  const list = await remoteDocument<{ resources?: ApiResource[] }>(call, remote, `/apis/${group}/${version}`);
  return Array.isArray(list?.resources) ? fromResourceList(list.resources, remote) : undefined;
}

interface ApiResource { name: string; singularName?: string; namespaced?: boolean; group?: string; version?: string; kind?: string; verbs?: string[]; shortNames?: string[]; categories?: string[] }

function fromResourceList(list: readonly ApiResource[], { group, version }: RemoteService): object[] {
  const responseKind = (r: ApiResource) => ({ group: r.group || group, version: r.version || version, kind: r.kind ?? "" });
  return list.filter(({ name }) => !name.includes("/")).map((r) => {
    const subresources = list.filter(({ name }) => name.startsWith(`${r.name}/`))
      .map((sub) => ({ subresource: sub.name.slice(r.name.length + 1), responseKind: responseKind(sub), verbs: sub.verbs ?? [] }));
    return {
      resource: r.name, responseKind: responseKind(r), scope: r.namespaced ? "Namespaced" : "Cluster", singularResource: r.singularName ?? "", verbs: r.verbs ?? [],
      ...(r.shortNames && { shortNames: r.shortNames }), ...(r.categories && { categories: r.categories }), ...(subresources.length > 0 && { subresources }),
    };
  });
}
