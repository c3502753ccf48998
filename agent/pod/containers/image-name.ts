/** Image references: what is well formed, which tag is meant, which registry serves it (distribution's reference grammar). */
import type { Credentials } from "../../runtime/runtime.ts";

const SHAPE = /^(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(:[\w][\w.-]{0,127})?(@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$/;

/** With ":latest" where neither tag nor digest is given; undefined when it is no reference. */
export function normalizeImage(image: string): string | undefined {
  if (image.length > 1024) return undefined;
  const match = SHAPE.exec(image);
  if (!match) return undefined;
  return match[1] || match[2] ? image : `${image}:latest`;
}

export function imageHost(image: string): string {
  const first = image.split("/")[0]!;
  return image.includes("/") && /[.:]|^localhost$/.test(first) ? first : "docker.io";
}

/** Credentials with the registry (and perhaps path) that they are for. */
export interface PullCredentials { pattern: string; credentials: Credentials }

/** From a kubernetes.io/dockerconfigjson or dockercfg Secret. Bad JSON yields none. */
export function pullCredentials(data: Record<string, string>): PullCredentials[] {
  const text = data[".dockerconfigjson"] ?? data[".dockercfg"];
  if (!text) return [];
  try {
    const parsed = JSON.parse(Buffer.from(text, "base64").toString()) as { auths?: Record<string, Record<string, string>> };
    const entries = data[".dockerconfigjson"] ? parsed.auths ?? {} : (parsed as Record<string, Record<string, string>>);
    return Object.entries(entries).map(([server, { auth, username, password, identitytoken }]) => ({
      pattern: server.replace(/^https?:\/\//, "").replace(/^index\.docker\.io(\/v[12])?/, "docker.io").replace(/\/(v[12]\/?)?$/, ""),
      credentials: { ...(auth && { auth }), ...(username && { username }), ...(password && { password }), ...(identitytoken && { identityToken: identitytoken }) },
    }));
  } catch { return []; /* the pull fails with the registry's own words */ }
}

/** All that may fit, the most particular first: hosts match part by part with globs, paths as prefixes. */
export function matchingCredentials(all: readonly PullCredentials[], image: string): Credentials[] {
  const host = imageHost(image);
  const path = image.startsWith(`${host}/`) ? image.slice(host.length + 1) : image;
  return all.filter(({ pattern }) => {
    const [hostPattern = "", ...rest] = pattern.split("/");
    return matchesHost(hostPattern, host) && path.startsWith(rest.join("/"));
  }).sort((a, b) => b.pattern.localeCompare(a.pattern)).map(({ credentials }) => credentials);
}

function matchesHost(pattern: string, host: string): boolean {
  const [wanted, parts] = [pattern.split("."), host.split(".")];
  return wanted.length === parts.length && wanted.every((part, i) => new RegExp(`^${part.split("*").map((text) => text.replace(/\W/g, "\\$&")).join(".*")}$`).test(parts[i]!));
}
