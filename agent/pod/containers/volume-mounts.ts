/** volumeMounts of a container as host paths, subPath and subPathExpr resolved without leaving the volume. */
import { existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import type { Mount } from "../../cri/messages.ts";
import type { PodEnvironment } from "../environment.ts";
import type { PodState } from "../state.ts";
import type { NamedContainer } from "../types.ts";
import { ConfigError } from "./environment-variables.ts";
import { expandStrictly } from "./expansion.ts";

const PROPAGATION: Record<string, number> = { None: 0, HostToContainer: 1, Bidirectional: 2 };

export async function volumeMounts(state: PodState, container: NamedContainer, lookup: (name: string) => string | undefined, env: PodEnvironment): Promise<Mount[]> {
  return (container.volumeMounts ?? []).map((mount) => {
    const base = state.volumePaths.get(mount.name);
    if (base === undefined) throw new ConfigError(`cannot find volume "${mount.name}" to mount into container "${container.name}"`);
    let hostPath = base;
    try {
      const sub = mount.subPathExpr ? expandStrictly(mount.subPathExpr, lookup) : mount.subPath;
      if (sub) hostPath = subPath(base, sub);
    } catch (error) {
      throw new ConfigError(`failed to prepare subPath for volumeMount "${mount.name}" of container "${container.name}": ${(error as Error).message}`);
    }
    const readOnlySource = /\/volumes\/(configmap|secret|downward-api|projected)\//.test(base) && base.startsWith(env.paths.pods);
    return { containerPath: absolute(mount.mountPath), hostPath, readonly: (mount.readOnly ?? false) || readOnlySource, propagation: PROPAGATION[mount.mountPropagation ?? "None"] ?? 0 };
  });
}

const absolute = (path: string): string => (path.startsWith("/") ? path : `/${path}`);

/** The real path below the volume; a missing directory is made. Symbolic links may not lead outside. */
function subPath(base: string, sub: string): string {
  if (sub.startsWith("/") || sub.split("/").includes("..")) throw new Error(`subPath "${sub}" must be a relative path without ".."`);
  const root = realpathSync(base);
  const target = resolve(join(root, sub));
  if (!existsSync(target)) {
    const parent = nearest(dirname(target), root);
    inside(realpathSync(parent), root, sub);
    mkdirSync(target, { recursive: true, mode: statSync(parent).mode & 0o7777 });
  }
  const real = realpathSync(target);
  inside(real, root, sub);
  return real;
}

const nearest = (path: string, root: string): string => (existsSync(path) || path === root ? path : nearest(dirname(path), root));

function inside(path: string, root: string, sub: string): void {
  if (path !== root && !path.startsWith(root + sep)) throw new Error(`subPath "${sub}" leads outside of the volume`);
}
