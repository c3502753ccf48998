import type { UserInfo } from "../../kinds/kind.ts";

/** By these an extension API server knows the user; the ConfigMap extension-apiserver-authentication publishes them. */
export function identityHeaders({ username, uid, groups, extra }: UserInfo): [string, string][] {
  return [
    ["X-Remote-User", username],
    ...(uid ? [["X-Remote-Uid", uid] as [string, string]] : []),
    ...(groups ?? []).map((group): [string, string] => ["X-Remote-Group", group]),
    ...Object.entries(extra ?? {}).flatMap(([key, values]) => values.map((value): [string, string] => [`X-Remote-Extra-${escaped(key)}`, value])),
  ];
}

/** Whoever sent one of them would speak for another. */
export const isIdentityHeader = (name: string): boolean => /^x-remote-(user|uid|group|extra-.*)$/i.test(name);

/** Percent-encoded where a header's name cannot hold it (RFC 9110's token). */
function escaped(key: string): string {
  return Array.from(new TextEncoder().encode(key), (byte) => {
    const character = String.fromCharCode(byte);
    return /[!#$&'*+.^_`|~0-9A-Za-z-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}
