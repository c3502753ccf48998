import { createHash, timingSafeEqual } from "node:crypto";
import { base64ToText, textToBase64 } from "../lib/base64.ts";
import { formatTime } from "../kinds/values/time.ts";
import type { Secret } from "../kinds/types/core-v1.generated.ts";
import type { Reader } from "../kinds/transaction.ts";

/**
 * Join tokens are upstream's bootstrap tokens: `abcdef.0123456789abcdef`, kept as Secret `bootstrap-token-abcdef` in
 * kube-system. Whoever shows one is user `system:bootstrap:abcdef` in group `system:bootstrappers`.
 */
export interface JoinToken { id: string; secret: string }

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

export const JOIN_TOKEN_TYPE = "bootstrap.kubernetes.io/token";

/** The Secret of a token, to be created as the system. `expiresMs` undefined: it lives until it is deleted. */
export function joinTokenSecret(token: JoinToken, options: { expiresMs?: number; description?: string } = {}): Secret {
  const data: Record<string, string> = {
    "token-id": token.id, "token-secret": token.secret,
    "usage-bootstrap-authentication": "true", "usage-bootstrap-signing": "true",
    ...(options.expiresMs !== undefined && { expiration: formatTime(options.expiresMs) }),
    ...(options.description && { description: options.description }),
  };
  return {
    apiVersion: "v1", kind: "Secret", type: JOIN_TOKEN_TYPE,
    metadata: { name: `bootstrap-token-${token.id}`, namespace: "kube-system" },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, textToBase64(value)])),
  };
}

export function createJoinToken(): JoinToken {
  return { id: randomText(6), secret: randomText(16) };
}

function randomText(length: number): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  // Bytes beyond the last whole alphabet would favour its beginning.
  const limit = 256 - (256 % alphabet.length);
  let text = "";
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      if (byte < limit && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}

export const formatJoinToken = ({ id, secret }: JoinToken): string => `${id}.${secret}`;

/** In constant time, whatever the lengths. */
function equal(a: string, b: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
