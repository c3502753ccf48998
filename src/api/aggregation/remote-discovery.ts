import type { Call } from "../call.ts";
import { askRemote } from "./serve.ts";
import type { RemoteService } from "./aggregation.ts";

/** Resources of a version as apidiscovery.k8s.io lists them, and whether the server has just said so. */
export interface RemoteDiscovery { resources: object[]; freshness: "Current" | "Stale" }

interface Known { resources: object[]; of: string; askedMs: number; failed: boolean }

const known = new Map<string, Known>();
const KNOWN_MAX = 256;
/** As often as upstream asks. A change of the APIService, its condition included, is a reason to ask at once. */
const FRESH_MS = 60_000;
const AGAIN_MS = 5_000;

/** What is known of a server that does not answer is still told, as stale. */
export async function discoveryOf(call: Call, remote: RemoteService): Promise<RemoteDiscovery> {
  const key = `${call.cluster.id}/${remote.uid}`;
  const before = known.get(key);
  const isKnown = before && before.of === remote.resourceVersion && Date.now() - before.askedMs < (before.failed ? AGAIN_MS : FRESH_MS);
  const now = isKnown ? before : remember(key, remote, remote.isAvailable ? await ask(call, remote) : undefined, before?.resources);
  return { resources: now.resources, freshness: now.failed ? "Stale" : "Current" };
}

function remember(key: string, { resourceVersion }: RemoteService, resources: object[] | undefined, before: object[] = []): Known {
  const entry = { resources: resources ?? before, of: resourceVersion, askedMs: Date.now(), failed: resources === undefined };
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(key, entry);
  return entry;
}

const ACCEPT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

interface GroupDiscoveryList { items?: { metadata?: { name?: string }; versions?: { version?: string; resources?: object[] }[] }[] }

/** In one document if the server has it, else by the version's own. Undefined: it did not say. */
async function ask(call: Call, remote: RemoteService): Promise<object[] | undefined> {
  const { group, version } = remote;
  const whole = await document<GroupDiscoveryList>(call, remote, "/apis", ACCEPT);
  if (Array.isArray(whole?.items)) {
    const found = whole.items.find(({ metadata }) => metadata?.name === group)?.versions?.find((v) => v.version === version);
    if (Array.isArray(found?.resources)) return found.resources;
  }
  const list = await document<{ resources?: ApiResource[] }>(call, remote, `/apis/${group}/${version}`, "application/json");
  return Array.isArray(list?.resources) ? fromResourceList(list.resources, remote) : undefined;
}

async function document<T>(call: Call, remote: RemoteService, path: string, accept: string): Promise<T | undefined> {
  const answer = await askRemote(call, remote, path, accept);
  if (!("body" in answer) || answer.status !== 200) return undefined;
  try {
    return JSON.parse(answer.body) as T;
  } catch {
    return undefined;
  }
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
