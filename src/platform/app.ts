import { Hono, type Context } from "hono";
import type { ClusterStub } from "../api/cluster-stub.ts";
import { createApiKey, deleteApiKey, listApiKeys } from "./api-keys.ts";
import { callerOf, type Caller } from "./api-key.ts";
import { endAudit, getAudit, setAudit } from "./audit.ts";
import { clusterStatistics, createCluster, deleteCluster, getCluster, issueKubeconfig, listClusters } from "./clusters.ts";
import { openDirectory, type Directory, type DirectoryBindings } from "./directory.ts";
import { createOrganization, listOrganizations } from "./organizations.ts";
import { invalid, PlatformError } from "./platform-error.ts";
import { isJsonObject } from "../lib/json-value.ts";

export interface PlatformBindings extends DirectoryBindings {
  CLUSTER: { getByName(name: string): ClusterStub };
  PLATFORM_ADMIN_TOKEN?: string;
  PUBLIC_ORIGIN?: string;
  SERVER_CA?: string;
}

/** One platform request on its way. */
export interface PlatformCall {
  caller: Caller;
  directory: Directory;
  env: PlatformBindings;
  /** Scheme and host for URLs in answers. */
  origin: string;
  id: string;
  body(): Promise<Record<string, unknown>>;
}

/**
 * Every route of the platform API, with who may use it. `organization` routes see the caller's organization only; the
 * administrator may use them for any.
 */
export interface PlatformRoute {
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  authorization: "administrator" | "organization";
  status?: 201;
  serve(call: PlatformCall): Promise<object>;
}

export const platformRoutes: readonly PlatformRoute[] = [
  { method: "GET", path: "/organizations", authorization: "organization", serve: listOrganizations },
  { method: "POST", path: "/organizations", authorization: "administrator", status: 201, serve: createOrganization },
  { method: "GET", path: "/clusters", authorization: "organization", serve: listClusters },
  { method: "POST", path: "/clusters", authorization: "organization", status: 201, serve: createCluster },
  { method: "GET", path: "/clusters/:id", authorization: "organization", serve: getCluster },
  { method: "DELETE", path: "/clusters/:id", authorization: "organization", serve: deleteCluster },
  { method: "GET", path: "/clusters/:id/statistics", authorization: "organization", serve: clusterStatistics },
  { method: "GET", path: "/clusters/:id/audit", authorization: "organization", serve: getAudit },
  { method: "PUT", path: "/clusters/:id/audit", authorization: "organization", serve: setAudit },
  { method: "DELETE", path: "/clusters/:id/audit", authorization: "organization", serve: endAudit },
  { method: "POST", path: "/clusters/:id/kubeconfig", authorization: "organization", status: 201, serve: issueKubeconfig },
  { method: "GET", path: "/api-keys", authorization: "organization", serve: listApiKeys },
  { method: "POST", path: "/api-keys", authorization: "organization", status: 201, serve: createApiKey },
  { method: "DELETE", path: "/api-keys/:id", authorization: "organization", serve: deleteApiKey },
];

/** `/platform/v1/…`: organizations, their clusters and their keys, in the directory. Errors are JSON with a code. */
export function platformApp(): Hono<{ Bindings: PlatformBindings }> {
  const app = new Hono<{ Bindings: PlatformBindings }>();
  for (const route of platformRoutes) app.on(route.method, route.path, (c) => serve(route, c));
  app.all("*", (c) => failure(c, new PlatformError(404, "not_found", "there is no such path in the platform API")));
  app.onError((error, c) => failure(c, error));
  return app;
}

async function serve(route: PlatformRoute, c: Context<{ Bindings: PlatformBindings }>): Promise<Response> {
  const directory = directoryOf(c.env);
  const caller = await callerOf(c.req.raw, c.env.PLATFORM_ADMIN_TOKEN, directory);
  if (route.authorization === "administrator" && caller.type !== "administrator") {
    throw new PlatformError(403, "forbidden", "only the installation's administrator may do this");
  }
  const origin = c.env.PUBLIC_ORIGIN || new URL(c.req.url).origin;
  const answer = await route.serve({ caller, directory, env: c.env, origin, id: c.req.param("id") ?? "", body: () => bodyOf(c.req.raw) });
  return c.json(answer, route.status ?? 200, { "cache-control": "no-store" });
}

const directories = new WeakMap<object, Directory>();

function directoryOf(env: PlatformBindings): Directory {
  const directory = directories.get(env) ?? openDirectory(env);
  directories.set(env, directory);
  return directory;
}

const BODY_LENGTH_MAX = 131_072;

async function bodyOf(request: Request): Promise<Record<string, unknown>> {
  if (Number(request.headers.get("content-length") ?? 0) > BODY_LENGTH_MAX) throw new PlatformError(413, "too_large", "the body is too large");
  const text = await request.text();
  if (text.length > BODY_LENGTH_MAX) throw new PlatformError(413, "too_large", "the body is too large");
  try {
    const value: unknown = JSON.parse(text || "{}");
    if (isJsonObject(value)) return value;
  } catch {
    // said below
  }
  throw invalid("the body must be a JSON object");
}

function failure(c: Context, error: unknown): Response {
  if (error instanceof PlatformError) return c.json({ error: { code: error.code, message: error.message } }, error.status);
  const id = crypto.randomUUID();
  console.error(JSON.stringify({ level: "error", message: "platform request failed", request: id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }));
  return c.json({ error: { code: "internal", message: `see the server's log for request ${id}` } }, 500);
}
