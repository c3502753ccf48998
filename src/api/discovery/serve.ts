import type { Kind } from "../../kinds/kind.ts";
import { pathNotFound } from "../../lib/errors.ts";
import { discoveryOf, type RemoteDiscovery } from "../aggregation/remote-discovery.ts";
import { remoteServiceOf, remoteServices } from "../aggregation/remote-services.ts";
import { serveAggregated } from "../aggregation/serve.ts";
import type { Call } from "../call.ts";
import { mediaTypes, parseAccept } from "../http/accept.ts";
import { customKinds } from "../kind-index.ts";
import { aggregated, apiGroup, apiGroupList, apiResourceList, apiVersions } from "./documents.ts";
import { servedGroups, type ServedGroup, type ServedVersion } from "./groups.ts";
import { withRemote } from "./merge.ts";

/** `/api`, `/apis` and what is below them down to a group's version. Every answer has an ETag and is told apart by Accept. */
export async function serveDiscovery(call: Call): Promise<Response> {
  const remote = await remoteServiceOf(call);
  if (remote) return await serveAggregated(call, remote, { isAdmitted: true });
  const groups = withRemote(await groupsOfCluster(call), await remoteServices(call));
  const segments = call.path.split("/").filter(Boolean);
  const root = segments.length === 1;
  const version = root ? aggregatedVersion(call.request.headers.get("accept")) : undefined;
  if (!version) return await withEtag(call.request, legacyDocument(call, groups, segments), mediaTypes.json);
  const shown = groups.filter(({ group }) => (group === "") === (segments[0] === "api"));
  return await withEtag(call.request, aggregated(shown, version, await discoveredIn(call, shown)), `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`);
}

/** Of the versions that extension API servers have. */
async function discoveredIn(call: Call, groups: readonly ServedGroup[]): Promise<Map<ServedVersion, RemoteDiscovery>> {
  const versions = groups.flatMap((group) => group.versions.filter(({ remote }) => remote));
  return new Map(await Promise.all(versions.map(async (served) => [served, await discoveryOf(call, served.remote!)] as const)));
}

const arranged = new WeakMap<readonly Kind[], ServedGroup[]>();

/** Built-in groups first, then custom ones by name; a custom resource may also add to a group that is there. */
export async function groupsOfCluster(call: Call): Promise<ServedGroup[]> {
  const { kinds } = await customKinds(call);
  let groups = arranged.get(kinds);
  if (!groups) {
    const custom = [...kinds].sort((a, b) => (a.group < b.group ? -1 : 1));
    groups = servedGroups([...call.parts.kinds, ...custom]);
    arranged.set(kinds, groups);
  }
  return groups;
}

/** Undefined: the client did not ask for the aggregated form first. */
function aggregatedVersion(accept: string | null): string | undefined {
  for (const { type, parameters } of parseAccept(accept ?? "")) {
    if (type !== "application/json" && type !== "*/*") continue; // protobuf discovery is answered as JSON
    if (parameters.get("as") === undefined) return undefined;
    const version = parameters.get("v");
    if (parameters.get("g") === "apidiscovery.k8s.io" && parameters.get("as") === "APIGroupDiscoveryList" && (version === "v2" || version === "v2beta1")) return version;
  }
  return undefined;
}

function legacyDocument(call: Call, groups: ServedGroup[], segments: string[]): object {
  const [root, ...rest] = segments;
  if (rest.length === 0) return root === "api" ? apiVersions(groups, new URL(call.cluster.origin).host) : apiGroupList(groups);
  const [name, version] = root === "api" ? ["", rest[0]] : rest;
  const group = groups.find((g) => g.group === name);
  if (!group || rest.length > 2 || (root === "apis" && !name)) throw pathNotFound();
  if (version === undefined) return apiGroup(group);
  const served = group.versions.find((v) => v.version === version);
  if (!served) throw pathNotFound();
  return apiResourceList(group.group, served);
}

/** 304 to a client that has it. `document` is JSON-stringified, or sent as it is if it is bytes. */
export async function withEtag(request: Request, document: object | Uint8Array, contentType: string, headers: Record<string, string> = {}): Promise<Response> {
  const bytes = document instanceof Uint8Array ? document : new TextEncoder().encode(JSON.stringify(document));
  const etag = `"${(await sha256Hex(bytes)).toUpperCase()}"`;
  const shared = { etag, vary: "Accept", "cache-control": "no-cache, private", ...headers };
  if (request.headers.get("if-none-match")?.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag)) {
    return new Response(null, { status: 304, headers: shared });
  }
  return new Response(bytes as BodyInit, { headers: { ...shared, "content-type": contentType } });
}

export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
