import type { Call } from "../call.ts";
import type { Json } from "../openapi/definitions.ts";
import type { RemoteService } from "./aggregation.ts";
import { remembered } from "./remembered.ts";
import { remoteDocument } from "./remote-document.ts";

/** Documents are as large as an API; they are kept as long as their text is no longer than this. */
const KEPT_CHARACTERS_MAX = 1_000_000;

export const pathOf = ({ group, version }: RemoteService): string => `apis/${group}/${version}`;

interface Index { paths?: Record<string, { serverRelativeURL?: string }> }

/** The hash by which the server names its OpenAPI v3 document of the version; undefined if it has none. */
export const openApiV3HashOf = remembered(async (call: Call, remote: RemoteService): Promise<string | undefined> => {
  const index = await remoteDocument<Index>(call, remote, "/openapi/v3");
  const url = index?.paths?.[pathOf(remote)]?.serverRelativeURL;
  return url === undefined ? undefined : new URLSearchParams(url.split("?")[1] ?? "").get("hash") ?? remote.resourceVersion;
});

export const openApiV3Of = (call: Call, remote: RemoteService): Promise<Json | undefined> => remoteDocument<Json>(call, remote, `/openapi/v3/${pathOf(remote)}`);

/** The part of the server's OpenAPI v2 document that is about this version. */
export const openApiV2Of = remembered(async (call: Call, remote: RemoteService): Promise<Json | undefined> => {
  const document = await remoteDocument<Json>(call, remote, "/openapi/v2");
  if (!document || typeof document.paths !== "object") return undefined;
  const part = partOf(document, `/${pathOf(remote)}`);
  return JSON.stringify(part).length <= KEPT_CHARACTERS_MAX ? part : undefined;
});

function partOf({ paths, definitions }: Json, prefix: string): Json {
  const own = Object.fromEntries(Object.entries(paths as Json).filter(([path]) => path === prefix || path.startsWith(`${prefix}/`)));
  const wanted: Json = {};
  const all = (definitions ?? {}) as Json;
  const queue = [...referencesIn(own)];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (Object.hasOwn(wanted, name) || !Object.hasOwn(all, name)) continue;
    wanted[name] = all[name];
    queue.push(...referencesIn(all[name]));
  }
  return { paths: own, definitions: wanted };
}

const REFERENCE = "#/definitions/";

function referencesIn(value: unknown): Set<string> {
  return new Set([...JSON.stringify(value).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)].map(([, name]) => name!));
}

/**
 * One document of our own and of others' parts. A path that is there stays; a definition of the same name and another
 * meaning is taken in under a name of its own, as upstream's merge does.
 */
export function mergedOpenApiV2(own: Json, parts: readonly Json[]): Json {
  const paths = { ...(own.paths as Json) };
  const definitions = { ...(own.definitions as Json) };
  for (const part of parts) {
    const names = namesIn(definitions, part.definitions as Json);
    for (const [name, schema] of Object.entries(part.definitions as Json)) definitions[names.get(name)!] ??= renamed(schema, names);
    for (const [path, item] of Object.entries(part.paths as Json)) paths[path] ??= renamed(item, names);
  }
  return { ...own, paths, definitions };
}

/** New names until nothing that is there already means something else; a new name changes what refers to it. */
function namesIn(taken: Json, added: Json): Map<string, string> {
  const names = new Map(Object.keys(added).map((name) => [name, name]));
  const tries = new Map<string, number>();
  for (;;) {
    const conflicts = Object.keys(added).filter((name) => Object.hasOwn(taken, names.get(name)!) && JSON.stringify(taken[names.get(name)!]) !== JSON.stringify(renamed(added[name], names)));
    if (conflicts.length === 0) return names;
    for (const name of conflicts) {
      const n = (tries.get(name) ?? 1) + 1;
      tries.set(name, n);
      names.set(name, `${name}_v${n}`);
    }
  }
}

function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if ([...names].every(([from, to]) => from === to)) return value;
  return JSON.parse(JSON.stringify(value), (key, inner: unknown) => {
    if (key !== "$ref" || typeof inner !== "string" || !inner.startsWith(REFERENCE)) return inner;
    const name = inner.slice(REFERENCE.length);
    return REFERENCE + (names.get(name) ?? name);
  });
}
