/** Files from the keys of a ConfigMap or Secret: all of them, or those that `items` choose. */
import type { KeyToPath } from "../../src/kinds/types/core-v1.generated.ts";
import type { PodEnvironment } from "../pod/environment.ts";
import type { DataObject, Pod } from "../pod/types.ts";
import type { Payload } from "./payload.ts";

export interface ObjectFilesRequest { resource: "configmaps" | "secrets"; name: string; items?: KeyToPath[] | undefined; optional?: boolean | undefined; mode: number }

export const DEFAULT_MODE = 0o644;

export async function objectFiles(pod: Pod, request: ObjectFilesRequest, env: PodEnvironment): Promise<Payload> {
  const object = await env.objects.get(pod, request.resource, request.name);
  const kind = request.resource === "configmaps" ? "configmap" : "secret";
  if (!object && !request.optional) throw new Error(`${kind} "${request.name}" not found`);
  const all = contents(object, request.resource);
  const files: Payload = new Map();
  if (!request.items) {
    for (const [key, body] of all) files.set(key, { body, mode: request.mode });
    return files;
  }
  for (const { key, path, mode } of request.items) {
    const body = all.get(key);
    if (body) files.set(path, { body, mode: mode ?? request.mode });
    else if (!request.optional) throw new Error(`${kind} "${pod.metadata.namespace}/${request.name}" references non-existent ${kind === "secret" ? "secret" : "config"} key: ${key}`);
  }
  return files;
}

function contents(object: DataObject | undefined, resource: ObjectFilesRequest["resource"]): Map<string, Buffer> {
  const encoding = resource === "secrets" ? "base64" : "utf8";
  const out = new Map(Object.entries(object?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, encoding)]));
  for (const [key, value] of Object.entries(object?.binaryData ?? {})) out.set(key, Buffer.from(value, "base64"));
  return out;
}
