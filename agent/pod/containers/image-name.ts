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

/** Credentials by registry host from a kubernetes.io/dockerconfigjson or dockercfg Secret. Bad JSON yields none. */
export function pullCredentials(data: Record<string, string>): Map<string, Credentials> {
  const out = new Map<string, Credentials>();
  const text = data[".dockerconfigjson"] ?? data[".dockercfg"];
  if (!text) return out;
  try {
    const parsed = JSON.parse(Buffer.from(text, "base64").toString()) as { auths?: Record<string, Record<string, string>> };
    const entries = data[".dockerconfigjson"] ? parsed.auths ?? {} : (parsed as Record<string, Record<string, string>>);
    for (const [server, entry] of Object.entries(entries)) {
      const host = server.replace(/^https?:\/\//, "").split("/")[0]!;
      const { auth, username, password, identitytoken } = entry;
      out.set(host === "index.docker.io" ? "docker.io" : host, { ...(auth && { auth }), ...(username && { username }), ...(password && { password }), ...(identitytoken && { identityToken: identitytoken }), serverAddress: server });
    }
  } catch { /* no credentials: the pull fails with the registry's own words */ }
  return out;
}
