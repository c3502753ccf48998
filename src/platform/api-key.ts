import { timingSafeEqual } from "node:crypto";
import { eq } from "drizzle-orm";
import type { Directory } from "./directory.ts";
import { PlatformError } from "./platform-error.ts";
import { apiKeys } from "./tables.ts";

/** Who asks the platform: the installation's administrator, or an organization by one of its keys. */
export type Caller = { type: "administrator" } | { type: "organization"; organizationId: string };

const PREFIX = "isopod_";

export async function callerOf(request: Request, adminToken: string | undefined, directory: Directory): Promise<Caller> {
  const token = /^Bearer +(\S+)\s*$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (!token || token.length > 256) throw unauthorized();
  if (adminToken && await sameText(token, adminToken)) return { type: "administrator" };
  if (!token.startsWith(PREFIX)) throw unauthorized();
  const [key] = await directory.select({ organizationId: apiKeys.organizationId }).from(apiKeys).where(eq(apiKeys.secretHash, await hashHex(token)));
  if (!key) throw unauthorized();
  return { type: "organization", organizationId: key.organizationId };
}

/** 256 bits of randomness need no slow hash. */
export async function newSecret(): Promise<{ secret: string; hash: string }> {
  const random = crypto.getRandomValues(new Uint8Array(32));
  const secret = PREFIX + hex(random);
  return { secret, hash: await hashHex(secret) };
}

const unauthorized = () => new PlatformError(401, "unauthorized", "an API key is required: Authorization: Bearer isopod_…");

async function sameText(a: string, b: string): Promise<boolean> {
  return timingSafeEqual(await digest(a), await digest(b));
}

const digest = async (text: string) => new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
const hashHex = async (text: string) => hex(await digest(text));
const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
