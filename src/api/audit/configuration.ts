import { badRequest, forbidden } from "../../lib/errors.ts";
import type { AuditPolicy } from "./policy.ts";
import { parsePolicy } from "./validate-policy.ts";

/**
 * What of a cluster's requests is recorded, and where it goes. kube-apiserver takes this from flags; here it belongs to the
 * cluster, is set through the platform API, and is kept beside the cluster's keys.
 */
export interface AuditConfiguration {
  policy: AuditPolicy;
  /** To the installation's log, which is its administrator's. */
  log: boolean;
  /** To a server of the cluster's owner, or to the one that the launcher of a local installation was told of. */
  webhook?: AuditWebhook | "launcher";
}

export interface AuditWebhook { url: string; caBundle?: string; token?: string }

const POLICY_CHARACTERS_MAX = 65_536;

/** `{ policy, log?, webhook? }`; throws ApiError. Only the installation's administrator may speak of its log and its launcher. */
export function parseAuditConfiguration(value: unknown, isAdministrator: boolean): AuditConfiguration {
  if (typeof value !== "object" || value === null) throw badRequest("the audit configuration must be an object with a policy");
  const { policy, log = false, webhook } = value as Record<string, unknown>;
  if (JSON.stringify(policy ?? null).length > POLICY_CHARACTERS_MAX) throw badRequest("the policy is too long");
  if (typeof log !== "boolean") throw badRequest("log must be true or false");
  if (log && !isAdministrator) throw forbidden(CONFIGURATION, "only the installation's administrator writes to its log");
  if (!log && webhook === undefined) throw badRequest("there must be a webhook");
  return { policy: parsePolicy(policy), log, ...(webhook !== undefined && { webhook: parseWebhook(webhook, isAdministrator) }) };
}

const CONFIGURATION = { group: "audit.k8s.io", resource: "policies" };

/** Throws where an organization would change what the administrator has set. */
export function refuseTakingOver(present: AuditConfiguration | undefined, isAdministrator: boolean): void {
  if (!isAdministrator && present && (present.log || present.webhook === "launcher")) throw forbidden(CONFIGURATION, "the installation's administrator has set it");
}

function parseWebhook(value: unknown, isAdministrator: boolean): AuditWebhook | "launcher" {
  if (value === "launcher" && isAdministrator) return "launcher";
  const { url, caBundle, token } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  if (typeof url !== "string" || !URL.canParse(url) || new URL(url).protocol !== "https:") throw badRequest("webhook.url must be an https URL");
  for (const [name, text] of Object.entries({ caBundle, token })) if (text !== undefined && typeof text !== "string") throw badRequest(`webhook.${name} must be a string`);
  return { url, ...(caBundle !== undefined && { caBundle: caBundle as string }), ...(token !== undefined && { token: token as string }) };
}
