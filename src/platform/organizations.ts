import { eq } from "drizzle-orm";
import type { PlatformCall } from "./app.ts";
import { newSecret } from "./api-key.ts";
import { newId, requiredText, textField } from "./fields.ts";
import { invalid, notFound, taken } from "./platform-error.ts";
import { apiKeys, organizations } from "./tables.ts";
import type { Directory } from "./directory.ts";

/** With its first key, which is shown only here. */
export async function createOrganization({ directory, body }: PlatformCall): Promise<object> {
  const name = requiredText(await body(), "name");
  const id = newId("o-");
  const { secret, hash } = await newSecret();
  const createdMs = Date.now();
  const inserted = await directory.insert(organizations).values({ id, name, createdMs }).onConflictDoNothing().returning({ id: organizations.id });
  if (inserted.length === 0) throw taken("organization", name);
  const keyId = newId("k-");
  await directory.insert(apiKeys).values({ id: keyId, organizationId: id, name: "first", secretHash: hash, createdMs });
  return { id, name, createdMs, apiKey: { id: keyId, name: "first", secret } };
}

export async function listOrganizations({ directory, caller }: PlatformCall): Promise<object> {
  const all = directory.select().from(organizations);
  return { items: caller.type === "administrator" ? await all : await all.where(eq(organizations.id, caller.organizationId)) };
}

/** The caller's own; the administrator names one, or means the installation's own organization, `default`. */
export async function organizationOf({ caller, directory }: PlatformCall, body: Record<string, unknown>): Promise<string> {
  const named = textField(body, "organization");
  if (caller.type === "organization") {
    if (named !== undefined && named !== caller.organizationId) throw notFound("organization", named);
    return caller.organizationId;
  }
  if (named === undefined) return await defaultOrganization(directory);
  const [found] = await directory.select({ id: organizations.id }).from(organizations).where(eq(organizations.id, named));
  if (!found) throw invalid(`there is no organization ${JSON.stringify(named)}`);
  return found.id;
}

async function defaultOrganization(directory: Directory): Promise<string> {
  await directory.insert(organizations).values({ id: "o-default", name: "default", createdMs: Date.now() }).onConflictDoNothing();
  return "o-default";
}
