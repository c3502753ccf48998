import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface ClientOperation { method: string; path: string; name: string; queries: string[] }

const DIRECTORY = join(import.meta.dirname, "../../node_modules/@kubernetes/client-node/dist/gen/apis");

/**
 * What the official JavaScript client can ask, read from its generated text: it was made from upstream's own OpenAPI document
 * of v1.36, of every group in every version. Left out are versions that are off by default, and its calls for custom objects.
 */
export function apiClientOperations(): ClientOperation[] {
  const files = readdirSync(DIRECTORY).filter((name) => name.endsWith(".js"));
  const operations = files.flatMap((file) => operationsIn(readFileSync(join(DIRECTORY, file), "utf8")));
  const served = new Set(operations.map(({ path }) => groupOf(path)));
  return operations.filter(({ path }) => !/\/v\d+(alpha|beta)\d+\/|\{plural\}|\{group\}|\{resource_plural\}/.test(path) && !isGroupWithoutVersion(path, served));
}

function operationsIn(text: string): ClientOperation[] {
  return text.split(/\n    async (?=\w+\()/).slice(1).flatMap((part) => {
    const path = /localVarPath = '([^']+)'/.exec(part)?.[1];
    const method = /HttpMethod\.(\w+)/.exec(part)?.[1];
    if (!path || !method) return [];
    return [{ method: method.toLowerCase(), path, name: /^\w+/.exec(part)![0], queries: [...part.matchAll(/setQueryParam\("(\w+)"/g)].map((m) => m[1]!) }];
  });
}

const groupOf = (path: string): string => /^\/apis\/[^/]+\/v\d+\//.exec(path)?.[0] ?? "";

/** A group of which every version is off is not there. */
function isGroupWithoutVersion(path: string, served: ReadonlySet<string>): boolean {
  const group = /^\/apis\/([^/]+)\/$/.exec(path)?.[1];
  return group !== undefined && ![...served].some((version) => version.startsWith(`/apis/${group}/`));
}
