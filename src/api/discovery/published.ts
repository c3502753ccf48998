import type { Kind } from "../../kinds/kind.ts";
import { unauthorized } from "../../lib/errors.ts";
import type { Call } from "../call.ts";
import { parseAccept } from "../http/accept.ts";
import { pathNotFound } from "../http/resource.ts";
import { jsonResponse } from "../http/respond.ts";
import { trustOf } from "../http/trust.ts";
import { fixedPaths } from "../openapi/discovery-routes.ts";
import { customKinds } from "../kind-index.ts";
import { servedGroups } from "./groups.ts";
import { sha256Hex, withEtag } from "./serve.ts";

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
  const kinds = await allKinds(call);
  const first = parseAccept(call.request.headers.get("accept") ?? "")
    .find(({ type }) => type === "application/json" || type === "*/*" || protobufTypes.has(type));
  const { v2, v2Protobuf } = call.parts.openapi;
  if (first && protobufTypes.has(first.type) && v2Protobuf) return await withEtag(call.request, v2Protobuf(kinds), V2_PROTOBUF);
  return await withEtag(call.request, v2(kinds), "application/json");
}

const protobufTypes = new Set([V2_PROTOBUF, "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"]);

/** The index names each document with a hash of its content; under the right hash it never changes. */
export async function serveOpenApiV3(call: Call): Promise<Response> {
  const kinds = await allKinds(call);
  const path = call.path.slice("/openapi/v3".length).replace(/^\/|\/$/g, "");
  if (path === "") return await withEtag(call.request, await index(kinds, call), "application/json");
  const place = placesOf(kinds).find((candidate) => candidate.path === path);
  if (!place) throw pathNotFound();
  const asked = new URLSearchParams(call.query).get("hash");
  const bytes = documentBytes(kinds, place, call);
  const hash = await hashOf(kinds, place, call, () => bytes);
  if (asked !== null && asked !== hash) {
    return new Response(null, { status: 301, headers: { location: `${call.cluster.base}/openapi/v3/${path}?hash=${hash}`, "cache-control": "no-cache, private" } });
  }
  const forever = asked === hash ? { "cache-control": "public, immutable, max-age=31536000", expires: new Date(Date.now() + 31_536_000_000).toUTCString() } : {};
  return await withEtag(call.request, bytes, "application/json", forever as Record<string, string>);
}

/** Without a version: a group, or what belongs to none. */
interface Place { path: string; group: string; version?: string }

function placesOf(kinds: readonly Kind[]): Place[] {
  return [
    ...fixedPaths.map((path) => ({ path, group: "" })),
    ...servedGroups(kinds).flatMap(({ group, versions }): Place[] => [
      ...(group ? [{ path: `apis/${group}`, group }] : []),
      ...versions.map(({ version }) => ({ path: group ? `apis/${group}/${version}` : `api/${version}`, group, version })),
    ]),
  ];
}

async function index(kinds: readonly Kind[], call: Call): Promise<object> {
  const paths: Record<string, { serverRelativeURL: string }> = {};
  for (const place of placesOf(kinds)) {
    paths[place.path] = { serverRelativeURL: `${call.cluster.base}/openapi/v3/${place.path}?hash=${await hashOf(kinds, place, call)}` };
  }
  return { paths };
}

/**
 * Only hashes are kept: a document is made in milliseconds, and all of them together would take megabytes. Those of groups
 * without custom kinds are the same for every cluster.
 */
const hashesOfBuiltins = new Map<string, string>();
const hashesOfCustom = new WeakMap<readonly Kind[], Map<string, string>>();

async function hashOf(kinds: readonly Kind[], place: Place, call: Call, bytes = () => documentBytes(kinds, place, call)): Promise<string> {
  const known = hashesFor(kinds, place, call);
  let hash = known.get(place.path);
  if (hash === undefined) known.set(place.path, (hash = (await sha256Hex(bytes())).toUpperCase()));
  return hash;
}

function hashesFor(kinds: readonly Kind[], { group }: Place, { parts }: Call): Map<string, string> {
  const hasCustom = kinds.slice(parts.kinds.length).some((kind) => kind.group === group);
  if (!hasCustom) return hashesOfBuiltins;
  const known = hashesOfCustom.get(kinds) ?? new Map<string, string>();
  hashesOfCustom.set(kinds, known);
  return known;
}

function documentBytes(kinds: readonly Kind[], { path, group, version }: Place, { parts: { openapi } }: Call): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(version ? openapi.v3(kinds, group, version) : openapi.v3OfPath(path)));
}

const combined = new WeakMap<readonly Kind[], readonly Kind[]>();

async function allKinds(call: Call): Promise<readonly Kind[]> {
  const { kinds } = await customKinds(call);
  const all = combined.get(kinds) ?? [...call.parts.kinds, ...kinds];
  combined.set(kinds, all);
  return all;
}
