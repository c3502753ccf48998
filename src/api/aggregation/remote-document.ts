import type { Call } from "../call.ts";
import type { RemoteService } from "./aggregation.ts";
import { askRemote } from "./serve.ts";

/** A JSON document of an extension API server; undefined when it has none, or does not answer. */
export async function remoteDocument<T>(call: Call, remote: RemoteService, path: string, accept = "application/json"): Promise<T | undefined> {
  const answer = await askRemote(call, remote, path, accept);
  if (!("body" in answer) || answer.status !== 200) return undefined;
  try {
    return JSON.parse(answer.body) as T;
  } catch {
    return undefined;
  }
}
