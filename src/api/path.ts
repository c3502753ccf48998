import type { Verb } from "../kinds/kind.ts";
import type { ApiRequest } from "./request.ts";

/**
 * Kubernetes paths: `/api/v1/…` (core group) and `/apis/<group>/<version>/…`, with namespaces, subresources, the old
 * `/watch/` prefix and proxy paths. Matches upstream's RequestInfoFactory, including its treatment of Namespace itself:
 * in `/api/v1/namespaces/x` both name and namespace are `x`, so that a Role in a namespace can let its subject read it.
 * Nothing here knows which resources exist.
 */
export type ParsedPath =
  | ({ type: "resource" } & ResourcePath)
  /** A resource path that does not take this method (PUT on a collection, POST on an object). */
  | { type: "method-not-allowed" }
  /** Everything else; the verb for authorization is the method in lower case. */
  | { type: "non-resource"; verb: string; path: string };

/** What a path and a method say of an ApiRequest. */
export type ResourcePath = Pick<ApiRequest, "verb" | "method" | "group" | "version" | "resource" | "subresource" | "subpath" | "namespace" | "name" | "query">;

/** `pathname` is still percent-encoded; `query` is without "?". */
export function parsePath(method: string, pathname: string, query = ""): ParsedPath {
  const nonResource: ParsedPath = { type: "non-resource", verb: method.toLowerCase(), path: pathname };
  const location = locate(pathname);
  if (!location) return nonResource;
  const { group, version, watchPrefix } = location;
  const target = splitTarget(location.segments);
  if (!target) return nonResource;

  const verb = watchPrefix ? watchVerb(method, target) : verbOf(method, target, query);
  if (!verb) return { type: "method-not-allowed" };
  return { type: "resource", verb, method, group, version, ...target, query };
}

interface Location { group: string; version: string; watchPrefix: boolean; segments: string[] }

function locate(pathname: string): Location | undefined {
  const segments = pathname.split("/").slice(1); // raw: a "%2F" in a name does not split it
  const prefix = segments[0];
  if (prefix !== "api" && prefix !== "apis") return undefined;
  const head = prefix === "api" ? 2 : 3;
  const names = segments.slice(1, head).map(decode);
  let rest = segments.slice(head);
  if (names.length < head - 1 || names.some((s) => !s) || !rest[0]) return undefined;
  const watchPrefix = rest[0] === "watch" && !!rest[1];
  if (watchPrefix) rest = rest.slice(1);
  const [group, version] = prefix === "api" ? ["", names[0]!] : [names[0]!, names[1]!];
  return { group, version, watchPrefix, segments: rest };
}

type Target = Pick<ResourcePath, "resource" | "subresource" | "subpath" | "namespace" | "name">;

/** Parts after `namespaces/<name>/` that belong to the Namespace rather than being resources in it. */
const namespaceSubresources = new Set(["status", "finalize"]);

function splitTarget(segments: string[]): Target | undefined {
  let rest = segments;
  let namespace: string | undefined;
  if (rest[0] === "namespaces" && rest[1]) {
    namespace = decode(rest[1]);
    if (namespace === undefined) return undefined;
    if (rest[2] && !namespaceSubresources.has(rest[2])) rest = rest.slice(2);
  }
  const [resource, name, subresource] = rest.slice(0, 3).map(decode);
  if (!resource || (name === undefined && rest[1]) || (subresource === undefined && rest[2])) return undefined;
  if (!name && rest.length > 2) return undefined; // "/pods//log"
  return {
    resource,
    ...(namespace && { namespace }),
    ...(name && { name }),
    ...(subresource && { subresource }),
    ...(subresource && rest.length > 3 && { subpath: `/${rest.slice(3).join("/")}` }),
  };
}

function watchVerb(method: string, target: Target): Verb | undefined {
  return method === "GET" && !target.subresource ? "watch" : undefined;
}

function verbOf(method: string, { name, subresource, subpath }: Target, query: string): Verb | undefined {
  switch (method) {
    case "GET": return name ? "get" : asksForWatch(query) ? "watch" : "list";
    case "POST": return name && !subresource ? undefined : "create";
    case "PUT": return name ? "update" : undefined;
    case "PATCH": return name ? "patch" : undefined;
    case "DELETE": return name ? "delete" : "deletecollection";
    // Only connect subresources (proxy) take these; the Cluster refuses them elsewhere.
    case "HEAD": case "OPTIONS": return subresource || subpath ? "get" : undefined;
    default: return undefined;
  }
}

/** As upstream converts query booleans: anything but "false" and "0" is true, an empty value included. */
export function queryFlag(value: string | null): boolean {
  return value !== null && value.toLowerCase() !== "false" && value !== "0";
}

function asksForWatch(query: string): boolean {
  return query.includes("watch") && queryFlag(new URLSearchParams(query).get("watch"));
}

function decode(segment: string): string | undefined {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
