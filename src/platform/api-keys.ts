import { and, eq } from "drizzle-orm";
import type { PlatformCall } from "./app.ts";
import { newSecret } from "./api-key.ts";
import { newId, textField } from "./fields.ts";
import { organizationOf } from "./organizations.ts";
import { notFound } from "./platform-error.ts";
import { apiKeys } from "./tables.ts";

const shown = { id: apiKeys.id, organization: apiKeys.organizationId, name: apiKeys.name, createdMs: apiKeys.createdMs };

/** The secret is shown only here. */
export async function createApiKey(call: PlatformCall): Promise<object> {
  const body = await call.body();
  const organization = await organizationOf(call, body);
  const { secret, hash } = await newSecret();
  const key = { id: newId("k-"), name: textField(body, "name") ?? "key", createdMs: Date.now() };
  await call.directory.insert(apiKeys).values({ ...key, organizationId: organization, secretHash: hash });
  return { ...key, organization, secret };
}

export async function listApiKeys({ directory, caller }: PlatformCall): Promise<object> {
  const all = directory.select(shown).from(apiKeys);
  return { items: caller.type === "administrator" ? await all : await all.where(eq(apiKeys.organizationId, caller.organizationId)) };
}

export async function deleteApiKey({ directory, caller, id }: PlatformCall): Promise<object> {
  const own = caller.type === "organization" ? eq(apiKeys.organizationId, caller.organizationId) : undefined;
  const deleted = await directory.delete(apiKeys).where(and(eq(apiKeys.id, id), own)).returning({ id: apiKeys.id });
  if (deleted.length === 0) throw notFound("API key", id);
  return { id };
}
