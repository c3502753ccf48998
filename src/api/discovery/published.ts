import type { Kind } from "../../kinds/kind.ts";
import { unauthorized } from "../../lib/errors.ts";
import type { Call } from "../call.ts";
import { parseAccept } from "../http/accept.ts";
import { pathNotFound } from "../http/resource.ts";
import { jsonResponse } from "../http/respond.ts";
import { trustOf } from "../http/trust.ts";
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
  const documents = await documentsOf(await allKinds(call), call);
  const path = call.path.slice("/openapi/v3".length).replace(/^\/|\/$/g, "");
  if (path === "") return await withEtag(call.request, index(documents, call.cluster.base), "application/json");
  const document = documents.get(path);
  if (!document) throw pathNotFound();
  const asked = new URLSearchParams(call.query).get("hash");
  const { hash, bytes } = document;
  if (asked !== null && asked !== hash) {
    return new Response(null, { status: 301, headers: { location: `${call.cluster.base}/openapi/v3/${path}?hash=${hash}`, "cache-control": "no-cache, private" } });
  }
  const forever = asked === hash ? { "cache-control": "public, immutable, max-age=31536000", expires: new Date(Date.now() + 31_536_000_000).toUTCString() } : {};
  return await withEtag(call.request, bytes, "application/json", forever as Record<string, string>);
}

interface Document { hash: string; bytes: Uint8Array }

function index(documents: ReadonlyMap<string, Document>, base: string): object {
  const paths = [...documents].map(([path, { hash }]) => [path, { serverRelativeURL: `${base}/openapi/v3/${path}?hash=${hash}` }] as const);
  return { paths: Object.fromEntries(paths) };
}

const made = new WeakMap<readonly Kind[], Promise<ReadonlyMap<string, Document>>>();

function documentsOf(kinds: readonly Kind[], call: Call): Promise<ReadonlyMap<string, Document>> {
  const known = made.get(kinds) ?? makeDocuments(kinds, call);
  made.set(kinds, known);
  return known;
}

async function makeDocuments(kinds: readonly Kind[], { parts }: Call): Promise<ReadonlyMap<string, Document>> {
  const documents = new Map<string, Document>();
  for (const { group, versions } of servedGroups(kinds)) {
    for (const { version } of versions) {
      const bytes = new TextEncoder().encode(JSON.stringify(parts.openapi.v3(kinds, group, version)));
      documents.set(group ? `apis/${group}/${version}` : `api/${version}`, { bytes, hash: (await sha256Hex(bytes)).toUpperCase() });
    }
  }
  return documents;
}

const combined = new WeakMap<readonly Kind[], readonly Kind[]>();

async function allKinds(call: Call): Promise<readonly Kind[]> {
  const { kinds } = await customKinds(call);
  const all = combined.get(kinds) ?? [...call.parts.kinds, ...kinds];
  combined.set(kinds, all);
  return all;
}
