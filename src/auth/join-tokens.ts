import { createHash, timingSafeEqual } from "node:crypto";
import { base64ToText } from "../lib/base64.ts";
import type { Secret } from "../kinds/types/core-v1.generated.ts";
import type { Reader } from "../kinds/transaction.ts";

/**
 * Join tokens are upstream's bootstrap tokens: `abcdef.0123456789abcdef`, kept as Secret `bootstrap-token-abcdef` in
 * kube-system. Whoever shows one is user `system:bootstrap:abcdef` in group `system:bootstrappers`.
 */
interface JoinToken { id: string; secret: string }

export function parseJoinToken(token: string): JoinToken | undefined {
  const match = /^([a-z0-9]{6})\.([a-z0-9]{16})$/.exec(token);
  return match ? { id: match[1]!, secret: match[2]! } : undefined;
}

/** The token's groups, or undefined when there is no such token, or it is expired or not meant for authentication. */
export function verifyJoinToken(reader: Reader, { id, secret }: JoinToken): string[] | undefined {
  const kind = reader.kindFor("", "secrets");
  const object = kind && reader.get<Secret>(kind, "kube-system", `bootstrap-token-${id}`);
  if (!object || object.type !== JOIN_TOKEN_TYPE || object.metadata.deletionTimestamp) return undefined;
  const field = (key: string) => (object.data?.[key] === undefined ? undefined : base64ToText(object.data[key]));
  if (field("token-id") !== id || !equal(field("token-secret") ?? "", secret)) return undefined;
  const expiration = field("expiration");
  if (expiration !== undefined && !(Date.parse(expiration) > reader.nowMs)) return undefined;
  if (field("usage-bootstrap-authentication") !== "true") return undefined;
  const extra = (field("auth-extra-groups") ?? "").split(",").map((group) => group.trim()).filter(Boolean);
  if (!extra.every((group) => group.startsWith("system:bootstrappers:"))) return undefined;
  return ["system:bootstrappers", ...extra, "system:authenticated"];
}

const JOIN_TOKEN_TYPE = "bootstrap.kubernetes.io/token";

/** In constant time, whatever the lengths. */
function equal(a: string, b: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
