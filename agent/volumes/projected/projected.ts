import type { ProjectedVolumeSource, VolumeProjection } from "../../../src/kinds/types/core-v1.generated.ts";
import { downwardFiles } from "../downward-api/downward-api.ts";
import { DEFAULT_MODE, objectFiles } from "../object-files.ts";
import { writePayload, type Payload } from "../payload.ts";
import type { VolumeContext, VolumeType } from "../volume-type.ts";

/** Several sources in one directory; a service account token among them is renewed before it expires. */
export const projected: VolumeType<"projected"> = {
  source: "projected",
  async setUp(context) {
    const { pod, volume, source, env } = context;
    const path = env.paths.volume(pod.metadata.uid, "projected", volume.name);
    const files: Payload = new Map();
    let refreshMs: number | undefined;
    const errors: string[] = [];
    for (const one of source.sources ?? []) {
      try {
        const part = await projection(context, one, source.defaultMode ?? DEFAULT_MODE);
        for (const [name, file] of part.files) files.set(name, file);
        if (part.refreshMs !== undefined) refreshMs = Math.min(refreshMs ?? Infinity, part.refreshMs);
      } catch (error) { errors.push((error as Error).message); }
    }
    if (errors.length > 0) throw new Error(errors.length === 1 ? errors[0] : `[${errors.join(", ")}]`);
    writePayload(path, files, pod.spec.securityContext?.fsGroup);
    return { path, ...(refreshMs !== undefined && { refreshMs }) };
  },
};

type Context = VolumeContext<ProjectedVolumeSource>;

async function projection({ pod, env, ips }: Context, source: VolumeProjection, mode: number): Promise<{ files: Payload; refreshMs?: number }> {
  if (source.configMap) return { files: await objectFiles(pod, { resource: "configmaps", name: source.configMap.name ?? "", items: source.configMap.items, optional: source.configMap.optional, mode }, env) };
  if (source.secret) return { files: await objectFiles(pod, { resource: "secrets", name: source.secret.name ?? "", items: source.secret.items, optional: source.secret.optional, mode }, env) };
  if (source.downwardAPI) return { files: downwardFiles(pod, source.downwardAPI.items ?? [], mode, { env, ips }) };
  if (source.serviceAccountToken) {
    const { audience, expirationSeconds = 3600, path } = source.serviceAccountToken;
    const { token, refreshMs } = await currentToken(pod.metadata.uid, env.clock.now(), () => env.tokens.request(pod, audience ? [audience] : [], expirationSeconds), audience ?? "");
    return { files: new Map([[path, tokenFile(pod, token, mode)]]), refreshMs };
  }
  throw new Error("this projected volume source is not supported");
}

/** Only the container's user may read it; with an fsGroup the group too. One common runAsUser owns the file. */
function tokenFile(pod: Context["pod"], token: string, mode: number): { body: Buffer; mode: number; user?: number } {
  const users = new Set([...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map((c) => c.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser));
  const [user] = users;
  if (pod.spec.securityContext?.fsGroup !== undefined) return { body: Buffer.from(token), mode: 0o600 };
  if (users.size === 1 && user !== undefined) return { body: Buffer.from(token), mode: 0o600, user };
  return { body: Buffer.from(token), mode };
}

interface KeptToken { token: string; renewAtMs: number; expiresAtMs: number }
const kept = new Map<string, KeptToken>();
const RETRY_MS = 60_000;

/** Renewed when 80 % of its time is over, or after a day. A token that cannot be renewed is used until it expires. */
async function currentToken(podUid: string, now: number, request: () => Promise<{ token: string; expiresAtMs: number }>, audience: string): Promise<{ token: string; refreshMs: number }> {
  const key = `${podUid}/${audience}`;
  const old = kept.get(key);
  if (old && now < old.renewAtMs) return { token: old.token, refreshMs: old.renewAtMs - now };
  try {
    const { token, expiresAtMs } = await request();
    const renewAtMs = Math.min(now + (expiresAtMs - now) * 0.8, now + 86_400_000);
    kept.set(key, { token, renewAtMs, expiresAtMs });
    if (kept.size > 1000) for (const [k, t] of kept) if (t.expiresAtMs < now) kept.delete(k);
    return { token, refreshMs: renewAtMs - now };
  } catch (error) {
    if (old && now < old.expiresAtMs) return { token: old.token, refreshMs: RETRY_MS };
    throw new Error(`failed to fetch token: ${(error as Error).message}`, { cause: error });
  }
}
