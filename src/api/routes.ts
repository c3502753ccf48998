import type { Call } from "./call.ts";
import { serveRootPaths } from "./discovery/root-paths.ts";
import { serveDiscovery } from "./discovery/serve.ts";
import { serveIssuer, serveKeys, serveOpenApiV2, serveOpenApiV3 } from "./discovery/published.ts";
import { serveAsset } from "./http/assets.ts";
import { serveHealth } from "./http/health.ts";
import { serveByCluster } from "./http/path-request.ts";
import { serveResource } from "./http/resource.ts";
import { serveVersion } from "./http/version.ts";
import { serveAgentSocket, serveAgentTunnel, serveJoin } from "./http/agents.ts";

/**
 * Every route of a cluster, with its authorization case:
 *   public   anybody
 *   optional anybody without credentials (system:public-info-viewer); where there are some they must hold, and are asked about
 *   path     RBAC on the non-resource URL, asked of the Cluster beforehand
 *   request  the Cluster authorizes in the same hop as it executes
 *   node     the route checks that the user is the node that it speaks of
 * All but the first two refuse anonymous users with 401 before the Cluster is asked.
 */
export interface Route {
  methods: readonly string[];
  /** Hono's pattern, below the cluster's base. */
  path: string;
  authorization: "public" | "optional" | "path" | "request" | "node";
  serve(call: Call): Response | Promise<Response>;
}

const READ = ["GET"];
const ALL = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

export const clusterRoutes: readonly Route[] = [
  { methods: READ, path: "/", authorization: "path", serve: serveRootPaths },
  { methods: READ, path: "/healthz", authorization: "optional", serve: serveHealth },
  { methods: READ, path: "/healthz/*", authorization: "optional", serve: serveHealth },
  { methods: READ, path: "/livez", authorization: "optional", serve: serveHealth },
  { methods: READ, path: "/livez/*", authorization: "optional", serve: serveHealth },
  { methods: READ, path: "/readyz", authorization: "optional", serve: serveHealth },
  { methods: READ, path: "/readyz/*", authorization: "optional", serve: serveHealth },
  { methods: READ, path: "/version", authorization: "optional", serve: serveVersion },
  { methods: READ, path: "/metrics", authorization: "request", serve: serveByCluster },
  { methods: READ, path: "/debug/api_priority_and_fairness/:table", authorization: "request", serve: serveByCluster },
  { methods: READ, path: "/.well-known/openid-configuration", authorization: "path", serve: serveIssuer },
  { methods: READ, path: "/openid/v1/jwks", authorization: "path", serve: serveKeys },
  { methods: READ, path: "/openapi/v2", authorization: "path", serve: serveOpenApiV2 },
  { methods: READ, path: "/openapi/v3", authorization: "path", serve: serveOpenApiV3 },
  { methods: READ, path: "/openapi/v3/*", authorization: "path", serve: serveOpenApiV3 },
  { methods: READ, path: "/api", authorization: "path", serve: serveDiscovery },
  { methods: READ, path: "/api/:version", authorization: "path", serve: serveDiscovery },
  { methods: READ, path: "/apis", authorization: "path", serve: serveDiscovery },
  { methods: READ, path: "/apis/:group", authorization: "path", serve: serveDiscovery },
  { methods: READ, path: "/apis/:group/:version", authorization: "path", serve: serveDiscovery },
  { methods: ALL, path: "/api/:version/*", authorization: "request", serve: serveResource },
  { methods: ALL, path: "/apis/:group/:version/*", authorization: "request", serve: serveResource },
  { methods: READ, path: "/isopod/v1/agent.mjs", authorization: "public", serve: serveAsset },
  { methods: READ, path: "/isopod/v1/socket", authorization: "request", serve: serveAgentSocket },
  { methods: READ, path: "/isopod/v1/tunnel/:node", authorization: "node", serve: serveAgentTunnel },
  { methods: ["POST"], path: "/isopod/v1/join", authorization: "request", serve: serveJoin },
  { methods: ["POST"], path: "/isopod/v1/renew", authorization: "request", serve: serveJoin },
];
