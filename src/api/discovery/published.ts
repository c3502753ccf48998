import { resourceKey, type Kind } from "../../kinds/kind.ts";
import { unauthorized, pathNotFound } from "../../lib/errors.ts";
import type { RemoteService } from "../aggregation/aggregation.ts";
import { mergedOpenApiV2, openApiV2Of, openApiV3HashOf, openApiV3Of, pathOf } from "../aggregation/remote-openapi.ts";
import { remoteServices } from "../aggregation/remote-services.ts";
import type { Call } from "../call.ts";
import { parseAccept } from "../http/accept.ts";
import { jsonResponse } from "../http/respond.ts";
import { trustOf } from "../http/trust.ts";
import type { Json } from "../openapi/definitions.ts";
import { fixedPaths } from "../openapi/discovery-routes.ts";
import { customKinds, describedKinds, type CustomKinds } from "../kind-index.ts";
import type { ServedGroup } from "./groups.ts";
import { groupsOfCluster, sha256Hex, withEtag } from "./serve.ts";

/** OpenID Connect discovery of the cluster's service account tokens. */
export async function serveIssuer(call: Call): Promise<Response> {
  const { issuer } = await trusted(call);
  return jsonResponse(200, {
    issuer,
    jwks_uri: `${call.cluster.origin}${call.cluster.base}/openid/v1/jwks`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
  }, { "cache-control": "public, max-age=3600" });
}

export async function serveKeys(call: Call): Promise<Response> {
  const { jwks } = await trusted(call);
  return jsonResponse(200, jwks, { "content-type": "application/jwk-set+json", "cache-control": "public, max-age=3600" });
}

async function trusted(call: Call) {
  const trust = await trustOf(call.cluster);
  if (!trust) throw unauthorized();
  return trust;
}

const V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/** JSON, or gnostic's protobuf where a client asks for it first (kubectl's fallback, Argo CD). */
export async function serveOpenApiV2(call: Call): Promise<Response> {
  const custom = await customKinds(call);
  const first = parseAccept(call.request.headers.get("accept") ?? "")
    .find(({ type }) => type === "application/json" || type === "*/*" || protobufTypes.has(type));
  const { v2, v2Protobuf } = call.parts.openapi;
  const remote = await remoteV2(call);
  const document = async () => mergedOpenApiV2(v2(...await kindsOfV2(call, custom)) as Json, remote);
  if (!first || !protobufTypes.has(first.type) || !v2Protobuf) return await withEtag(call.request, await document(), "application/json");
  const before = encodedLately.get(custom.kinds);
  const isSame = before && before.remote.length === remote.length && before.remote.every((part, i) => part === remote[i]);
  const bytes = isSame ? before.bytes : v2Protobuf(await document());
  encodedLately.set(custom.kinds, { remote, bytes });
  return await withEtag(call.request, bytes, V2_PROTOBUF);
}

/** The costliest document is kept for as long as the same definitions are served, and the same parts of others. */
const encodedLately = new WeakMap<readonly Kind[], { remote: readonly Json[]; bytes: Uint8Array }>();

async function remoteV2(call: Call): Promise<Json[]> {
  const parts = await Promise.all((await remoteServices(call)).map((remote) => openApiV2Of(call, remote)));
  return parts.flatMap(({ value }) => (value ? [value] : []));
}

const protobufTypes = new Set([V2_PROTOBUF, "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"]);

/** The index names each document with a hash of its content; under the right hash it never changes. */
export async function serveOpenApiV3(call: Call): Promise<Response> {
  const path = call.path.slice("/openapi/v3".length).replace(/^\/|\/$/g, "");
  const places = placesOf(await groupsOfCluster(call));
  const services = await remoteServices(call);
  if (path === "") return await withEtag(call.request, await index(places, services, call), "application/json");
  const remote = services.find((service) => pathOf(service) === path);
  if (remote) return await hashed(call, path, (await openApiV3HashOf(call, remote)).value, () => openApiV3Of(call, remote));
  const place = places.find((candidate) => candidate.path === path);
  if (!place) throw pathNotFound();
  const custom = await customKinds(call);
  return await hashed(call, path, await hashOf(place, call, custom), () => documentBytes(place, call, custom));
}

/** Under the right hash for ever, under none as it is now, from a wrong one to the right one. */
async function hashed(call: Call, path: string, hash: string | undefined, document: () => Promise<object | undefined>): Promise<Response> {
  const asked = new URLSearchParams(call.query).get("hash");
  if (asked !== null && hash !== undefined && asked !== hash) {
    return new Response(null, { status: 301, headers: { location: `${call.cluster.base}/openapi/v3/${path}?hash=${encodeURIComponent(hash)}`, "cache-control": "no-cache, private" } });
  }
  const forever: Record<string, string> = asked !== null && asked === hash ? { "cache-control": "public, immutable, max-age=31536000", expires: new Date(Date.now() + 31_536_000_000).toUTCString() } : {};
  const content = await document();
  if (!content) throw pathNotFound();
  return await withEtag(call.request, content, "application/json", forever);
}

/** Without a version: a group, or what belongs to none. */
interface Place { path: string; group: string; version?: string }

function placesOf(groups: readonly ServedGroup[]): Place[] {
  return [
    ...fixedPaths.map((path) => ({ path, group: "" })),
    ...groups.flatMap(({ group, versions }): Place[] => [
      ...(group ? [{ path: `apis/${group}`, group }] : []),
      ...versions.map(({ version }) => ({ path: group ? `apis/${group}/${version}` : `api/${version}`, group, version })),
    ]),
  ];
}

async function index(places: readonly Place[], services: readonly RemoteService[], call: Call): Promise<object> {
  const paths: Record<string, { serverRelativeURL: string }> = {};
  const custom = await customKinds(call);
  for (const place of places) {
    paths[place.path] = { serverRelativeURL: `${call.cluster.base}/openapi/v3/${place.path}?hash=${await hashOf(place, call, custom)}` };
  }
  const remote = await Promise.all(services.map(async (service) => [pathOf(service), (await openApiV3HashOf(call, service)).value] as const));
  for (const [path, hash] of remote) {
    if (hash === undefined) delete paths[path];
    else paths[path] = { serverRelativeURL: `${call.cluster.base}/openapi/v3/${path}?hash=${encodeURIComponent(hash)}` };
  }
  return { paths };
}

/** To be raised when documents of the same definitions change. */
const format = 2;
const hashesOfBuiltins = new Map<string, string>();
const hashesOfCustom = new WeakMap<readonly Kind[], Map<string, string>>();

/**
 * Only hashes are kept: a document is made in milliseconds, and all of them together would take megabytes. Those of groups
 * without custom kinds are the same for every cluster; the others follow from the states of their definitions, which need
 * not be read for it.
 */
async function hashOf(place: Place, call: Call, { byGroup }: CustomKinds): Promise<string> {
  const custom = byGroup.get(place.group);
  const known = custom ? hashesOfCustom.get(custom) ?? new Map<string, string>() : hashesOfBuiltins;
  if (custom) hashesOfCustom.set(custom, known as Map<string, string>);
  let hash = known.get(place.path);
  if (hash === undefined) known.set(place.path, (hash = (await sha256Hex(custom ? statesOf(place, custom) : await documentBytes(place, call, { byGroup }))).toUpperCase()));
  return hash;
}

function statesOf({ path }: Place, kinds: readonly Kind[]): Uint8Array {
  return new TextEncoder().encode([format, path, ...kinds.map((kind) => `${kind.resource} ${kind.evolution?.state}`)].join("\n"));
}

async function documentBytes({ path, group, version }: Place, call: Call, { byGroup }: Pick<CustomKinds, "byGroup">): Promise<Uint8Array> {
  const { openapi, kinds } = call.parts;
  const custom = version && byGroup.has(group) ? await describedKinds(call, { group }) : [];
  return new TextEncoder().encode(JSON.stringify(version ? openapi.v3([...kinds, ...custom], group, version) : openapi.v3OfPath(path)));
}

/**
 * One document holds everything. Beyond this much text of definitions and this many kinds, the rest is published without
 * paths and as any object, as upstream does where v2 has no words: the document has to fit into memory.
 */
const v2CharactersMax = 4_000_000;

const v2KindsMax = 500;

async function kindsOfV2(call: Call, { kinds }: CustomKinds): Promise<[kinds: readonly Kind[], briefly: readonly Kind[]]> {
  const described = (await describedKinds(call, { charactersMax: v2CharactersMax })).slice(0, v2KindsMax);
  const names = new Set(described.map(resourceKey));
  return [[...call.parts.kinds, ...described], kinds.filter((kind) => !names.has(resourceKey(kind)))];
}
