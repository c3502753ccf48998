import type { Environment } from "../api/environment.ts";

/**
 * Where the audit log of an installation goes: to the launcher, which knows files and a webhook's credentials, or where
 * there is none, as on the platform, to the Worker's own log, one event a line.
 */
export async function writeAuditLog({ AUDIT }: Environment, lines: string): Promise<boolean> {
  if (AUDIT) return await post(AUDIT, "/log", lines);
  for (const line of lines.split("\n")) if (line) console.log(line);
  return true;
}

export async function writeAuditWebhook({ AUDIT }: Environment, body: string): Promise<boolean> {
  return AUDIT ? await post(AUDIT, "/webhook", body) : false;
}

async function post(audit: NonNullable<Environment["AUDIT"]>, path: string, body: string): Promise<boolean> {
  const answer = await audit.fetch(`http://audit${path}`, { method: "POST", body });
  await answer.body?.cancel();
  return answer.ok;
}
