import type { ReachedCluster } from "../call.ts";
import type { ClusterAuthentication } from "../cluster-stub.ts";

/**
 * What tokens of a cluster are verified with, kept per isolate so that a request costs one hop. It is asked for again
 * after a while, and at once when a token does not verify (rotated keys), though not more often than every few seconds:
 * bad tokens must not wake a sleeping cluster at will.
 */
interface Known { trust: ClusterAuthentication | undefined; askedMs: number }

const known = new Map<string, Known>();
const KNOWN_MAX = 1000;
const FRESH_MS = 300_000;
const ASK_AGAIN_MS = 5_000;

type Asked = Pick<ReachedCluster, "id" | "stub">;

export async function trustOf({ id, stub }: Asked): Promise<ClusterAuthentication | undefined> {
  const before = known.get(id);
  if (before && Date.now() - before.askedMs < (before.trust ? FRESH_MS : ASK_AGAIN_MS)) return before.trust;
  return await ask(id, stub);
}

/** Undefined: what is known is fresh enough to be believed. */
export async function newerTrust({ id, stub }: Asked): Promise<ClusterAuthentication | undefined> {
  const before = known.get(id);
  return before && Date.now() - before.askedMs < ASK_AGAIN_MS ? undefined : await ask(id, stub);
}

/** Clusters were made or destroyed: what was absent may be there now, with keys of its own. */
export function forgetTrust(): void {
  known.clear();
}

async function ask(id: string, stub: Asked["stub"]): Promise<ClusterAuthentication | undefined> {
  const trust = await stub.authentication();
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(id, { trust, askedMs: Date.now() });
  return trust;
}
