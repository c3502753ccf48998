import { Hono } from "hono";
import { authenticateRequest } from "../auth/authenticators/index.ts";
import { bearerToken } from "../auth/authenticators/bearer-token.ts";
import { unauthorized, pathNotFound } from "../lib/errors.ts";
import { platformApp } from "../platform/app.ts";
import type { Authenticated } from "./request.ts";
import type { Call, ReachedCluster } from "./call.ts";
import type { Environment, Parts } from "./environment.ts";
import { findCluster } from "./http/find-cluster.ts";
import { refuseBadTimeout } from "./http/timeout.ts";
import { errorResponse } from "./http/respond.ts";
import { forgetTrust, newerTrust, trustOf } from "./http/trust.ts";
import { clusterAnswer, pathRequest, withHeaders } from "./http/path-request.ts";
import { clusterRoutes, type Route } from "./routes.ts";

/**
 * The Worker's one application. Per cluster it serves the routes of `routes.ts`, at the root for the default cluster and
 * for a cluster's host name, and below `/clusters/<id>`. It authenticates; what a request means, and whether its user may, the
 * Cluster decides. There is no CORS: browsers of other origins have no business here.
 */
export function createApp(parts: Parts): Hono<{ Bindings: Environment }> {
  const app = new Hono<{ Bindings: Environment }>({ strict: false }); // `/apis/` is `/apis`: OpenAPI writes such paths with a slash at the end, and clients made from it ask so
  for (const route of clusterRoutes) {
    app.on([...route.methods], [route.path, `/clusters/:cluster${route.path === "/" ? "" : route.path}`], (c) => serve(route, c.req.raw, c.env, parts));
  }
  app.use("/platform/v1/*", async (c, next) => {
    await next();
    if (c.req.method !== "GET") forgetTrust();
  });
  app.route("/platform/v1", platformApp());
  app.notFound((c) => serve(unknownRoute, c.req.raw, c.env, parts));
  app.onError((error) => errorResponse(error, crypto.randomUUID()));
  return app;
}

/** So that a stranger cannot tell which paths exist. */
const unknownRoute: Route = { methods: [], path: "*", authorization: "path", serve: () => { throw pathNotFound(); } };

async function serve(route: Route, request: Request, env: Environment, parts: Parts): Promise<Response> {
  const auditId = auditIdOf(request);
  let response: Response;
  try {
    response = await answer(route, request, env, parts, auditId);
  } catch (error) {
    response = errorResponse(error, auditId);
  }
  return response.status === 101 ? response : withAuditId(response, auditId); // a 101's headers are the handshake's
}

/** In place, where the answer was made here. */
function withAuditId(response: Response, auditId: string): Response {
  try {
    response.headers.set("audit-id", auditId);
    return response;
  } catch {
    const headers = new Headers(response.headers);
    headers.set("audit-id", auditId);
    const init: ResponseInit & { encodeBody?: "manual" } = { status: response.status, headers };
    if (headers.has("content-encoding")) init.encodeBody = "manual";
    return new Response(response.body, init);
  }
}

async function answer(route: Route, request: Request, env: Environment, parts: Parts, auditId: string): Promise<Response> {
  const url = new URL(request.url);
  const found = findCluster(url, env);
  if (!found) throw pathNotFound();
  const { cluster, path } = found;
  refuseBadTimeout(url);
  const isOpen = route.authorization === "public" || (route.authorization === "optional" && !bearerToken(request.headers)); // as upstream, what is no bearer token is no credential
  const user = isOpen ? anonymous : await authenticated(request, cluster);
  const call: Call = { request, path, query: url.search.slice(1), env, parts, cluster, user, auditId };
  if (route.authorization !== "path") return await route.serve(call);
  const permission = await cluster.stub.authorizePath(pathRequest(call, route === unknownRoute ? 404 : 200));
  if ("refused" in permission) return clusterAnswer(permission.refused);
  return withHeaders(await route.serve(call), permission.headers);
}

const anonymous: Authenticated = { username: "system:anonymous", groups: ["system:unauthenticated"], authenticator: "anonymous" };

async function authenticated(request: Request, cluster: ReachedCluster): Promise<Authenticated> {
  if (bearerToken(request.headers) === undefined) throw unauthorized(); // strangers do not wake a sleeping cluster
  const trust = await trustOf(cluster);
  if (!trust) throw pathNotFound(); // no such cluster
  let user = await authenticateRequest(request, trust);
  if (!user) {
    const newer = await newerTrust(cluster);
    user = newer && await authenticateRequest(request, newer);
  }
  if (!user || user.authenticator === "anonymous") throw unauthorized();
  return user;
}

const auditIdOf = (request: Request): string => {
  const given = request.headers.get("audit-id");
  return given && /^[\w.-]{1,64}$/.test(given) ? given : crypto.randomUUID();
};
