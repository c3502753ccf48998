import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test, vi } from "vitest";
import { WebSocketServer } from "ws";
import type { StreamOpen } from "../../protocol/tunnel.ts";
import { fakeCluster, served } from "../../src/api/testing/fake-cluster.ts";
import { pair, type End } from "../../src/api/testing/web-socket-pair.ts";
import { agentTunnel } from "../harness/agent-tunnel.ts";
import { tlsServer } from "../harness/tls-server.ts";

/** Through the Worker and the agent's own dialling to a real server. */
const POD = "/api/v1/namespaces/a/pods/p/proxy";

function proxyTo(port: number, more: Partial<Extract<StreamOpen, { type: "dial-address" }>> = {}) {
  const cluster = fakeCluster({ resolveStream: async () => ({ target: { node: "n1", open: { type: "dial-address", host: "127.0.0.1", port, ...more } } }) });
  return served(cluster, { tunnel: agentTunnel() });
}

async function server(listener: RequestListener = () => undefined): Promise<{ port: number; server: Server } & AsyncDisposable> {
  const http = createServer(listener).listen(0, "127.0.0.1");
  await once(http, "listening");
  return { server: http, port: (http.address() as AddressInfo).port, async [Symbol.asyncDispose]() { http.closeAllConnections(); http.close(); } };
}

const echo: RequestListener = (request, response) => {
  let body = "";
  request.on("data", (chunk) => { body += String(chunk); });
  request.on("end", () => response.end(JSON.stringify({ method: request.method, url: request.url, body, headers: request.headers })));
};

test.each(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])("%s reaches the pod with its path, query and body", async (method) => {
  await using pod = await server(echo);
  const body = method === "GET" || method === "OPTIONS" ? undefined : "ä".repeat(100_000);
  const response = await proxyTo(pod.port).fetch(`${POD}/some/path?method=${method}`, { method, body, headers: { "impersonate-user": "x", "x-own": "1" } });
  expect(response.status).toBe(200);
  const seen = await response.json() as any;
  expect(seen).toMatchObject({ method, url: `/some/path?method=${method}`, body: body ?? "", headers: { host: `127.0.0.1:${pod.port}`, "x-own": "1", "x-forwarded-uri": `${POD}/some/path` } });
  expect(Object.keys(seen.headers)).not.toEqual(expect.arrayContaining(["authorization"]));
  expect(Object.keys(seen.headers).filter((name) => name.startsWith("impersonate-"))).toEqual([]);
});

test("a body of known length is sent as it is, another in chunks", async () => {
  await using pod = await server(echo);
  const { fetch } = proxyTo(pod.port);
  const framing = async (init: RequestInit) => ((await (await fetch(`${POD}/`, { method: "POST", ...init })).json()) as any).headers;
  expect(await framing({ body: "abc", headers: { "content-length": "3" } })).toMatchObject({ "content-length": "3" });
  expect(await framing({ body: "abc" })).toMatchObject({ "transfer-encoding": "chunked" });
});

test("HEAD has the headers and no body; a missing slash is added for those who only look", async () => {
  await using pod = await server((request, response) => { response.setHeader("x-method", request.method!); response.setHeader("content-length", "3"); response.end("abc"); });
  const { fetch } = proxyTo(pod.port);
  const head = await fetch(`${POD}/`, { method: "HEAD" });
  expect([head.status, head.headers.get("x-method"), await head.text()]).toEqual([200, "HEAD", ""]);
  for (const method of ["GET", "HEAD"]) expect((await fetch(`${POD}?method=${method}`, { method, redirect: "manual" })).headers.get("location")).toBe(`${POD}/?method=${method}`);
  for (const method of ["POST", "DELETE", "OPTIONS"]) expect((await fetch(`${POD}?method=${method}`, { method })).status).toBe(200);
});

test("pages have their links led below the proxy, packed ones too; other content stays", async () => {
  const page = `<a href="/rewriteme">test</a>`;
  await using pod = await server((request, response) => {
    const type = request.url === "/text" ? "text/plain" : "text/html; charset=utf-8";
    const packed = request.url === "/packed";
    response.writeHead(200, { "content-type": type, ...(packed && { "content-encoding": "gzip" }) });
    response.end(packed ? gzipSync(page) : page);
  });
  const { fetch } = proxyTo(pod.port);
  const text = async (path: string) => (await fetch(POD + path, { headers: { "accept-encoding": "gzip" } })).text();
  expect(await text("/")).toBe(`<a href="${POD}/rewriteme">test</a>`);
  expect(await text("/packed")).toBe(`<a href="${POD}/rewriteme">test</a>`);
  expect(await text("/text")).toBe(page);
});

test("TLS is spoken where the port's scheme says so", async () => {
  await using pod = await tlsServer((_, response) => response.end("tls baz"));
  expect(await (await proxyTo(pod.port, { tls: true }).fetch(`${POD}/`)).text()).toBe("tls baz");
  expect((await proxyTo(pod.port).fetch(`${POD}/`)).status).not.toBe(200);
});

test("a port on which nobody listens is a 503 that says so", async () => {
  const gone = await server();
  await gone[Symbol.asyncDispose]();
  const response = await proxyTo(gone.port).fetch(`${POD}/`);
  expect([response.status, (await response.json() as any).message]).toEqual([503, `error trying to reach service: dial tcp 127.0.0.1:${gone.port}: connect: connection refused`]);
});

describe("a WebSocket", () => {
  afterEach(() => vi.unstubAllGlobals());

  /** Node's Response has no 101, and Node has no WebSocketPair. */
  function withPairs(): { client: () => End } {
    let client!: End;
    vi.stubGlobal("WebSocketPair", class { constructor() { const [a, b] = pair(); client = a; return { 0: a, 1: b } as never; } });
    const RealResponse = Response;
    vi.stubGlobal("Response", class extends RealResponse { constructor(body?: BodyInit | null, init?: ResponseInit) { super(body, init?.status === 101 ? { ...init, status: 200, headers: { ...init.headers, "x-upgraded": "yes" } } : init); } });
    return { client: () => client };
  }

  const next = (client: End, type = "message") => new Promise<any>((resolve) => client.addEventListener(type, resolve, { once: true }));
  const upgrade = { upgrade: "websocket", connection: "Upgrade", "sec-websocket-version": "13", "sec-websocket-key": "eA==" };

  test("goes through both ways: text, bytes, long messages, pings, the end with its code", async () => {
    const { client } = withPairs();
    await using pod = await server();
    const sockets = new WebSocketServer({ server: pod.server, handleProtocols: (offered) => [...offered].at(-1)! });
    let headers: Record<string, unknown> = {};
    sockets.on("connection", (socket, request) => {
      headers = request.headers;
      socket.ping("still there?");
      socket.on("message", (data, isBinary) => { if (String(data) === "bye") socket.close(4001, "so long"); else socket.send(isBinary ? data : `${String(data)}!`, { binary: isBinary }); });
    });
    const response = await proxyTo(pod.port).fetch(`${POD}/ws?a=b`, { headers: { ...upgrade, "sec-websocket-protocol": "base64url.bearer.authorization.k8s.io.c2VjcmV0, echo.v1" } });
    expect([response.headers.get("x-upgraded"), response.headers.get("sec-websocket-protocol")]).toEqual(["yes", "echo.v1"]);
    expect(headers).not.toHaveProperty("authorization");
    expect(headers["sec-websocket-protocol"]).toBe("echo.v1");

    let got = next(client());
    client().send("hällo");
    expect((await got).data).toBe("hällo!");
    got = next(client());
    client().send(Uint8Array.of(0, 255, 7));
    expect(new Uint8Array((await got).data as ArrayBuffer)).toEqual(Uint8Array.of(0, 255, 7));
    got = next(client());
    client().send(new Uint8Array(200_000).fill(9));
    expect(((await got).data as ArrayBuffer).byteLength).toBe(200_000);
    const closed = next(client(), "close");
    client().send("bye");
    expect(await closed).toMatchObject({ code: 4001, reason: "so long" });
  });

  test("that the server does not want is answered as the server answers", async () => {
    withPairs();
    await using pod = await server((_, response) => { response.statusCode = 418; response.end("tea"); });
    const response = await proxyTo(pod.port).fetch(`${POD}/`, { headers: upgrade });
    expect([response.status, response.headers.get("x-upgraded"), await response.text()]).toEqual([418, null, "tea"]);
  });

  test("whose client goes is closed at the server", async () => {
    const { client } = withPairs();
    await using pod = await server();
    const closed = new Promise<number>((resolve) => new WebSocketServer({ server: pod.server }).on("connection", (socket) => socket.on("close", resolve)));
    await proxyTo(pod.port).fetch(`${POD}/`, { headers: upgrade });
    client().close(1001, "moving on");
    expect(await closed).toBe(1001);
  });
});
