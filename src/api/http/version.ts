import type { Call } from "../call.ts";
import { clusterAnswer, pathRequest } from "./path-request.ts";
import { jsonResponse } from "./respond.ts";

export const KUBERNETES_MINOR = "36";

const version = {
  major: "1",
  minor: KUBERNETES_MINOR,
  emulationMajor: "1",
  emulationMinor: KUBERNETES_MINOR,
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "35",
  gitVersion: `v1.${KUBERNETES_MINOR}.0+isopod`,
  gitCommit: "0000000000000000000000000000000000000000",
  gitTreeState: "clean",
  buildDate: "2026-01-01T00:00:00Z",
  goVersion: "none",
  compiler: "workerd",
  platform: "linux/amd64",
};

/** For anybody; a user who shows who he is learns how he is classified, too. */
export async function serveVersion(call: Call): Promise<Response> {
  if (call.user.authenticator === "anonymous") return jsonResponse(200, version);
  const permission = await call.cluster.stub.authorizePath(pathRequest(call));
  return "refused" in permission ? clusterAnswer(permission.refused) : jsonResponse(200, version, permission.headers);
}
