import type { Call } from "../call.ts";
import { pathNotFound } from "./resource.ts";
import { textResponse } from "./respond.ts";

/**
 * Health of the Worker alone: a Cluster object has no state in which it would answer and yet not be ready, and asking
 * would wake it. The names of the checks are those that clients ask for one by one.
 */
const checks: Record<string, readonly string[]> = {
  healthz: ["ping", "log", "etcd"],
  livez: ["ping", "log"],
  readyz: ["ping", "log", "etcd", "informer-sync", "shutdown"],
};

export function serveHealth(call: Call): Response {
  const [endpoint, check, ...rest] = call.path.split("/").filter(Boolean);
  const names = checks[endpoint ?? ""];
  if (!names || rest.length > 0 || (check && !names.includes(check))) throw pathNotFound();
  const parameters = new URLSearchParams(call.query);
  if (check || !parameters.has("verbose")) return textResponse(200, "ok");
  const excluded = new Set(parameters.getAll("exclude"));
  const lines = names.map((name) => `[+]${name} ${excluded.has(name) ? "excluded: ok" : "ok"}\n`);
  return textResponse(200, `${lines.join("")}${endpoint} check passed\n`);
}
