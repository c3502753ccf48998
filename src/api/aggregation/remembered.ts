import type { Call } from "../call.ts";
import type { RemoteService } from "./aggregation.ts";

/** Asked of an extension API server as often as upstream does. A change of its APIService, the condition included, is a reason to ask at once. */
const FRESH_MS = 60_000;
const AGAIN_MS = 5_000;
const KNOWN_MAX = 256;

interface Known<T> { value: T | undefined; of: string; askedMs: number; isStale: boolean }
export type Remembered<T> = Pick<Known<T>, "value" | "isStale">;

/** What a server says of itself, and after it has stopped to answer what it said last. `ask` gives undefined when it does not say. */
export function remembered<T>(ask: (call: Call, remote: RemoteService) => Promise<T | undefined>): (call: Call, remote: RemoteService) => Promise<Remembered<T>> {
  const known = new Map<string, Known<T>>();
  return async (call, remote) => {
    const key = `${call.cluster.id}/${remote.uid}`;
    const before = known.get(key);
    if (before && before.of === remote.resourceVersion && Date.now() - before.askedMs < (before.isStale ? AGAIN_MS : FRESH_MS)) return before;
    const said = remote.isAvailable ? await ask(call, remote) : undefined;
    const now = { value: said ?? before?.value, of: remote.resourceVersion, askedMs: Date.now(), isStale: said === undefined };
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(key, now);
    return now;
  };
}
