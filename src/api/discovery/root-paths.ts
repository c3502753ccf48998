import { remoteServices } from "../aggregation/remote-services.ts";
import type { Call } from "../call.ts";
import { jsonResponse } from "../http/respond.ts";
import { withRemote } from "./merge.ts";
import { groupsOfCluster } from "./serve.ts";

const ALWAYS = [
  "/.well-known/openid-configuration", "/api", "/apis", "/healthz", "/livez", "/metrics", "/openapi/v2", "/openapi/v3", "/openid/v1/jwks", "/readyz", "/version",
];

/** `/`: what there is to be asked, as `kubectl get --raw /` shows it. */
export async function serveRootPaths(call: Call): Promise<Response> {
  const groups = withRemote(await groupsOfCluster(call), await remoteServices(call));
  const served = groups.flatMap(({ group, versions }) => {
    const root = group === "" ? "/api" : `/apis/${group}`;
    return [...(group === "" ? [] : [root]), ...versions.map(({ version }) => `${root}/${version}`)];
  });
  return jsonResponse(200, { paths: [...ALWAYS, ...served].sort() });
}
