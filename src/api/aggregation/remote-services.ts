import type { Kind } from "../../kinds/kind.ts";
import type { Call } from "../call.ts";
import type { RemoteService } from "./aggregation.ts";

/** The cluster's extension API servers, as of the clusters that this isolate served lately; checked on every use. */
interface Known { version: string; services: readonly RemoteService[] }

const known = new Map<string, Known>();
const KNOWN_MAX = 256;

type Asking = Pick<Call, "cluster" | "parts">;

export async function remoteServices({ cluster: { id, stub } }: Asking): Promise<readonly RemoteService[]> {
  const before = known.get(id);
  const answer = await stub.remoteServices(before?.version);
  if (before && !answer.services) return before.services;
  if (known.size >= KNOWN_MAX) known.clear();
  const services = answer.services ?? [];
  known.set(id, { version: answer.version, services });
  return services;
}

/** Who serves this path instead of the cluster, if anybody. What is built in cannot be taken away. */
export async function remoteServiceOf(call: Asking & Pick<Call, "path">): Promise<RemoteService | undefined> {
  const [root, group, version] = call.path.split("/").slice(1);
  if (root !== "apis" || !group || !version || builtIn(call.parts.kinds).has(`${group}/${version}`)) return undefined;
  return (await remoteServices(call)).find((service) => service.group === group && service.version === version);
}

const builtInVersions = new WeakMap<readonly Kind[], ReadonlySet<string>>();

function builtIn(kinds: readonly Kind[]): ReadonlySet<string> {
  let set = builtInVersions.get(kinds);
  if (!set) builtInVersions.set(kinds, (set = new Set(kinds.flatMap((kind) => kind.versions.map(({ version, group = kind.group }) => `${group}/${version}`)))));
  return set;
}
