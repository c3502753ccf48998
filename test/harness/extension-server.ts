/**
 * A small extension API server: `example.dev/v1` Gadgets, kept in memory, with watches, discovery and OpenAPI, and what
 * `kubectl top` reads of a node. It believes a
 * user's name in headers only from who shows a certificate of the aggregator. It stands alone, so that it also runs in a
 * container: `node extension-server.ts DIRECTORY` with tls.crt, tls.key and client-ca.crt in there.
 */
import { createHash } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { text } from "node:stream/consumers";

export const GROUP = "example.dev";
const ROOT = `/apis/${GROUP}/v1`;
const METRICS = "/apis/metrics.k8s.io/v1beta1";

interface Gadget { apiVersion: string; kind: string; metadata: { name: string; namespace: string; resourceVersion: string; uid: string; generateName?: string; finalizers?: string[] }; [field: string]: unknown }
interface Watcher { namespace: string; response: ServerResponse }

export interface ExtensionOptions { cert: string; key: string; clientCa: string }

export function createExtensionServer({ cert, key, clientCa }: ExtensionOptions): Server {
  const gadgets = new Map<string, Gadget>();
  const watchers = new Set<Watcher>();
  let revision = 1;

  const announce = (type: string, object: Gadget): void => {
    for (const { namespace, response } of watchers) if (!namespace || namespace === object.metadata.namespace) response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const store = (id: string, type: string, object: Gadget): Gadget => {
    object.metadata.resourceVersion = String(++revision);
    gadgets.set(id, object);
    announce(type, object);
    return object;
  };
  const select = (namespace: string): Gadget[] => [...gadgets.values()].filter(({ metadata }) => !namespace || metadata.namespace === namespace);

  function collection(request: IncomingMessage, response: ServerResponse, namespace: string, url: URL): void {
    if (url.searchParams.get("watch") === "true" || url.searchParams.get("watch") === "1") {
      response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
      const watcher = { namespace, response };
      watchers.add(watcher);
      request.socket.on("close", () => watchers.delete(watcher));
      if (!url.searchParams.get("resourceVersion")) for (const object of select(namespace)) response.write(`${JSON.stringify({ type: "ADDED", object })}\n`);
      return;
    }
    answer(response, 200, { kind: "GadgetList", apiVersion: `${GROUP}/v1`, metadata: { resourceVersion: String(revision) }, items: select(namespace) });
  }

  async function resource(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const match = new RegExp(`^${ROOT}(?:/namespaces/([^/]+))?/gadgets(?:/([^/]+))?$`).exec(url.pathname);
    if (!match) return fail(response, 404, "NotFound", "the server could not find the requested resource");
    const [, namespace = "", name] = match;
    const id = `${namespace}/${name}`;
    if (name === undefined) {
      if (request.method === "GET") return collection(request, response, namespace, url);
      if (request.method === "DELETE") {
        for (const object of select(namespace).filter(({ metadata }) => !metadata.finalizers)) {
          gadgets.delete(`${namespace}/${object.metadata.name}`);
          announce("DELETED", object);
        }
        return answer(response, 200, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" });
      }
      if (request.method !== "POST") return fail(response, 405, "MethodNotAllowed", "not served");
      const body = JSON.parse(await text(request)) as Gadget;
      body.metadata.name ??= `${body.metadata.generateName}${revision}`;
      Object.assign(body.metadata, { namespace, uid: `uid-${revision}` });
      if (gadgets.has(`${namespace}/${body.metadata.name}`)) return fail(response, 409, "AlreadyExists", `gadgets.${GROUP} "${body.metadata.name}" already exists`);
      return answer(response, 201, store(`${namespace}/${body.metadata.name}`, "ADDED", body));
    }
    const object = gadgets.get(id);
    if (!object) return fail(response, 404, "NotFound", `gadgets.${GROUP} "${name}" not found`, { name, group: GROUP, kind: "gadgets" });
    if (request.method === "GET") return answer(response, 200, object);
    if (request.method === "PUT") return answer(response, 200, store(id, "MODIFIED", merged({ metadata: object.metadata }, JSON.parse(await text(request))) as Gadget));
    if (request.method === "PATCH") return answer(response, 200, store(id, "MODIFIED", merged(object, JSON.parse(await text(request))) as Gadget));
    if (request.method !== "DELETE") return fail(response, 405, "MethodNotAllowed", "not served");
    gadgets.delete(id);
    announce("DELETED", object);
    return answer(response, 200, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" });
  }

  const server = createServer({ cert, key, ca: clientCa, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const url = new URL(request.url!, "https://self");
    if (!isAggregator(request)) return fail(response, 401, "Unauthorized", "Unauthorized");
    const document = documents[url.pathname];
    if (document) return answer(response, 200, document);
    if (url.pathname === `${ROOT}/whoami`) return answer(response, 200, request.headers);
    void resource(request, response, url);
  });
  server.on("upgrade", (request, socket) => { if (isAggregator(request)) echoWebSocket(request, socket); else socket.destroy(); });
  return server;
}

/** Upstream's front proxy authenticator: a verified certificate with the right name, and only then the headers. */
function isAggregator({ socket }: IncomingMessage): boolean {
  const tls = socket as TLSSocket;
  return tls.authorized && tls.getPeerCertificate().subject?.CN === "front-proxy-client";
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

const fail = (response: ServerResponse, code: number, reason: string, message: string, details?: object): void =>
  answer(response, code, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", code, reason, message, ...(details && { details }) });

function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(target as object) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

/** Short messages only. */
function echoWebSocket(request: IncomingMessage, socket: Duplex): void {
  const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  socket.on("error", () => undefined);
  socket.on("data", (frame: Buffer) => {
    if ((frame[0]! & 15) === 8) return socket.end(Buffer.from([0x88, 0]));
    const length = frame[1]! & 127;
    const said = Buffer.from(frame.subarray(6, 6 + length).map((byte, i) => byte ^ frame[2 + (i & 3)]!)).toString();
    const reply = Buffer.from(`${request.headers["x-remote-user"]}: ${said}`);
    socket.write(Buffer.concat([Buffer.from([0x81, reply.length]), reply]));
  });
}

const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const gadgetKind = [{ group: GROUP, version: "v1", kind: "Gadget" }];
const schemaName = "dev.example.v1.Gadget";
const schema = { type: "object", description: "Gadget is a thing that another server keeps.", "x-kubernetes-group-version-kind": gadgetKind, properties: { apiVersion: { type: "string" }, kind: { type: "string" }, metadata: { type: "object" }, size: { type: "integer", description: "How big it is." } } };
const operations = (reference: string) => ({
  get: { operationId: "readGadget", responses: { 200: { description: "OK" } }, "x-kubernetes-action": "get", "x-kubernetes-group-version-kind": gadgetKind[0] },
  patch: {
    operationId: "patchGadget", responses: { 200: { description: "OK" } }, "x-kubernetes-action": "patch", "x-kubernetes-group-version-kind": gadgetKind[0],
    ...(reference.includes("components") ? {
      parameters: [{ name: "fieldValidation", in: "query", schema: { type: "string" } }],
      requestBody: { content: { "application/merge-patch+json": { schema: { $ref: reference } } } },
    } : { parameters: [{ name: "body", in: "body", schema: { $ref: reference } }] }),
  },
});

const documents: Readonly<Record<string, object>> = {
  "/apis": { kind: "APIGroupList", apiVersion: "v1", groups: [{ name: GROUP, versions: [{ groupVersion: `${GROUP}/v1`, version: "v1" }], preferredVersion: { groupVersion: `${GROUP}/v1`, version: "v1" } }] },
  [ROOT]: { kind: "APIResourceList", apiVersion: "v1", groupVersion: `${GROUP}/v1`, resources: [
    { name: "gadgets", singularName: "gadget", namespaced: true, kind: "Gadget", verbs, shortNames: ["gd"] },
    { name: "gadgets/status", singularName: "", namespaced: true, kind: "Gadget", verbs: ["get"] },
  ] },
  [METRICS]: { kind: "APIResourceList", apiVersion: "v1", groupVersion: "metrics.k8s.io/v1beta1", resources: [
    { name: "nodes", singularName: "", namespaced: false, kind: "NodeMetrics", verbs: ["get", "list"] }, { name: "pods", singularName: "", namespaced: true, kind: "PodMetrics", verbs: ["get", "list"] },
  ] },
  [`${METRICS}/nodes`]: { kind: "NodeMetricsList", apiVersion: "metrics.k8s.io/v1beta1", metadata: {}, items: [
    { metadata: { name: "node-0" }, timestamp: "2026-01-01T00:00:00Z", window: "10s", usage: { cpu: "250m", memory: "128Mi" } },
  ] },
  "/openapi/v3": { paths: { [`apis/${GROUP}/v1`]: { serverRelativeURL: `/openapi/v3/apis/${GROUP}/v1?hash=ABC` } } },
  [`/openapi/v3/apis/${GROUP}/v1`]: {
    openapi: "3.0.0", info: { title: "gadgets", version: "1" }, components: { schemas: { [schemaName]: schema } },
    paths: { [`${ROOT}/namespaces/{namespace}/gadgets/{name}`]: operations(`#/components/schemas/${schemaName}`) },
  },
  "/openapi/v2": {
    swagger: "2.0", info: { title: "gadgets", version: "1" }, definitions: { [schemaName]: schema },
    paths: { [`${ROOT}/namespaces/{namespace}/gadgets/{name}`]: operations(`#/definitions/${schemaName}`), "/version/": {} },
  },
};

if (process.argv[1] && realpathSync(process.argv[1]) === import.meta.filename) {
  const file = (name: string) => readFileSync(`${process.argv[2]}/${name}`, "utf8");
  createExtensionServer({ cert: file("tls.crt"), key: file("tls.key"), clientCa: file("client-ca.crt") }).listen(8443);
}
