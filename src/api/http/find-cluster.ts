import type { Environment } from "../environment.ts";
import type { ReachedCluster } from "../call.ts";

/** As DNS labels, since an id can be a host name's first label. */
const CLUSTER_ID = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const PREFIX = "/clusters/";

/** By path, by host name, or the installation's default; undefined if the URL leads to none. Whether it exists, the object knows. */
export function findCluster(url: URL, env: Environment): { cluster: ReachedCluster; path: string } | undefined {
  const found = byPath(url) ?? byHost(url, env) ?? byDefault(url, env);
  if (!found || !CLUSTER_ID.test(found.id)) return undefined;
  const { id, base, path } = found;
  return { path, cluster: { id, base, origin: url.origin, stub: env.CLUSTER.getByName(id) } };
}

interface Found { id: string; base: string; path: string }

function byPath({ pathname }: URL): Found | undefined {
  if (!pathname.startsWith(PREFIX)) return undefined;
  const end = pathname.indexOf("/", PREFIX.length);
  const id = pathname.slice(PREFIX.length, end < 0 ? undefined : end);
  return { id, base: PREFIX + id, path: end < 0 ? "/" : pathname.slice(end) };
}

function byHost({ hostname, pathname }: URL, { CLUSTER_DOMAIN }: Environment): Found | undefined {
  if (!CLUSTER_DOMAIN || !hostname.endsWith(`.${CLUSTER_DOMAIN}`)) return undefined;
  return { id: hostname.slice(0, -CLUSTER_DOMAIN.length - 1), base: "", path: pathname };
}

function byDefault({ pathname }: URL, { DEFAULT_CLUSTER }: Environment): Found | undefined {
  return DEFAULT_CLUSTER ? { id: DEFAULT_CLUSTER, base: "", path: pathname } : undefined;
}
