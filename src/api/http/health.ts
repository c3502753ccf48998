import { pathNotFound } from "../../lib/errors.ts";
import type { Call } from "../call.ts";
import { health } from "../health.ts";
import { serveByCluster } from "./path-request.ts";
import { textResponse } from "./respond.ts";

/**
 * Strangers are told of the Worker alone, which does not wake the Cluster; whoever shows who he is has the Cluster
 * itself looked at.
 */
export async function serveHealth(call: Call): Promise<Response> {
  if (call.user.authenticator !== "anonymous") return await serveByCluster(call);
  const answer = health(call.path, new URLSearchParams(call.query), { storageFault: () => undefined, bootstrapped: () => true });
  if (!answer) throw pathNotFound();
  return textResponse(answer.status, answer.text);
}
