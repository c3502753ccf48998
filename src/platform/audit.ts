import type { PlatformCall } from "./app.ts";
import { ownCluster } from "./clusters.ts";
import { invalid, PlatformError } from "./platform-error.ts";

/**
 * What of a cluster's requests is recorded: `{ policy, webhook?, log? }` with a Policy of audit.k8s.io/v1. The installation's
 * own log is its administrator's to give, and what he has set an organization cannot change. Credentials are not shown again.
 */
export async function getAudit(call: PlatformCall): Promise<object> {
  const configuration = await (await stubOf(call)).auditConfiguration() as { webhook?: { token?: string } | string } | undefined;
  if (!configuration) return {};
  const { webhook } = configuration;
  return typeof webhook === "object" ? { ...configuration, webhook: { ...webhook, ...(webhook.token !== undefined && { token: "" }) } } : configuration;
}

export async function setAudit(call: PlatformCall): Promise<object> {
  await configure(call, await call.body());
  return await getAudit(call);
}

export async function endAudit(call: PlatformCall): Promise<object> {
  await configure(call, null);
  return {};
}

async function configure(call: PlatformCall, configuration: unknown): Promise<void> {
  const answer = await (await stubOf(call)).setAuditConfiguration(configuration, call.caller.type === "administrator");
  if (answer.status < 300) return;
  const { message = "" } = JSON.parse(answer.body) as { message?: string };
  throw answer.status === 403 ? new PlatformError(403, "forbidden", message) : invalid(message);
}

async function stubOf(call: PlatformCall): Promise<ReturnType<PlatformCall["env"]["CLUSTER"]["getByName"]>> {
  const { id } = await ownCluster(call);
  return call.env.CLUSTER.getByName(id);
}
