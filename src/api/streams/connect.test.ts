import { afterEach, describe, expect, test, vi } from "vitest";
import { decodeFrame, FrameType, INITIAL_WINDOW_BYTES, type StreamOpen } from "../../../protocol/tunnel.ts";
import type { TunnelStub } from "../environment.ts";
import { fakeCluster, served } from "../testing/fake-cluster.ts";
import { pair, upgraded, type End } from "../testing/web-socket-pair.ts";

/** The agent's end of a stream, without the stream's id, as the Tunnel relays it. */
class Agent {
  readonly frames: { type: number; payload: Uint8Array }[] = [];
  opened: StreamOpen | undefined;
  readonly #end: End;
  constructor(end: End, serve: (agent: Agent) => void) {
    this.#end = end;
    end.addEventListener("message", (event) => {
      const bytes = new Uint8Array((event as unknown as { data: ArrayBuffer }).data);
      const { type, payload } = decodeFrame(Uint8Array.of(0, 0, 0, 0, ...bytes));
      this.frames.push({ type, payload });
      if (type !== FrameType.OPEN) return;
      this.opened = JSON.parse(new TextDecoder().decode(payload)) as StreamOpen;
      serve(this);
    });
  }
  send(type: number, content: string | Uint8Array = ""): void {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    this.#end.send(Uint8Array.of(type, ...bytes));
  }
  head(status = 200, more: object = {}): void { this.send(FrameType.HEAD, JSON.stringify({ status, ...more })); }
  received(type: number): string { return this.frames.filter((f) => f.type === type).map((f) => new TextDecoder().decode(f.payload)).join(""); }
}

const pod = { namespace: "a", pod: "p", uid: "u" };

function node(open: StreamOpen, serve: (agent: Agent) => void) {
  const agents: Agent[] = [];
  const tunnel: TunnelStub = { fetch: async () => {
    const [worker, end] = pair();
    agents.push(new Agent(end, serve));
    return upgraded(worker);
  } };
  const cluster = fakeCluster({ resolveStream: async () => ({ target: { node: "n1", open } }) });
  return { agents, ...served(cluster, { tunnel }) };
}

describe("logs", () => {
  const logs: StreamOpen = { type: "logs", container: "c", query: "", ...pod };

  test("are the body, to its end, and reading makes room for more", async () => {
    const text = "x".repeat(60_000);
    const { fetch, agents } = node(logs, (agent) => {
      agent.head();
      for (let i = 0; i < 4; i++) agent.send(FrameType.DATA, text);
      agent.send(FrameType.END);
    });
    const response = await fetch("/api/v1/namespaces/a/pods/p/log");
    expect(response.headers.get("content-type")).toContain("text/plain");
    expect(await response.text()).toBe(text.repeat(4));
    expect(agents[0]!.frames.some((f) => f.type === FrameType.WINDOW) || 4 * text.length < INITIAL_WINDOW_BYTES).toBe(true);
  });

  test("end at the agent when the client goes", async () => {
    const { fetch, agents } = node(logs, (agent) => { agent.head(); agent.send(FrameType.DATA, "line\n"); });
    const reader = (await fetch("/api/v1/namespaces/a/pods/p/log?follow=true")).body!.getReader();
    await reader.read();
    await reader.cancel();
    await vi.waitFor(() => expect(agents[0]!.received(FrameType.RESET)).toContain("the client has gone"));
  });

  test("an agent's refusal is the answer", async () => {
    const { fetch } = node(logs, (agent) => agent.head(400, { error: { kind: "Status", code: 400, reason: "BadRequest", message: "container is waiting" } }));
    const response = await fetch("/api/v1/namespaces/a/pods/p/log");
    expect([response.status, (await response.json() as any).message]).toEqual([400, "container is waiting"]);
  });

  test("a node that is not connected is named", async () => {
    const cluster = fakeCluster({ resolveStream: async () => ({ target: { node: "n1", open: logs } }) });
    const response = await served(cluster).fetch("/api/v1/namespaces/a/pods/p/log");
    expect([response.status, (await response.json() as any).message]).toEqual([500, `Internal error occurred: error dialing backend: node "n1" is not connected`]);
  });
});

describe("proxy", () => {
  const dial: StreamOpen = { type: "dial-address", host: "10.0.0.1", port: 80 };

  test("sends the request without our credentials and answers with the target's response", async () => {
    const { fetch, agents } = node(dial, (agent) => {
      agent.head();
      agent.send(FrameType.DATA, "HTTP/1.1 302 Found\r\nLocation: /login\r\nX-A: b\r\nContent-Length: 2\r\n\r\nhi");
    });
    const response = await fetch("/api/v1/namespaces/a/pods/p/proxy/some/path?x=1", { redirect: "manual", headers: { "x-own": "1" } });
    expect([response.status, response.headers.get("x-a"), response.headers.get("location"), await response.text()])
      .toEqual([302, "b", "/api/v1/namespaces/a/pods/p/proxy/login", "hi"]);
    const sent = agents[0]!.received(FrameType.DATA);
    expect(sent).toMatch(/^GET \/some\/path\?x=1 HTTP\/1.1\r\nHost: 10.0.0.1:80\r\n/);
    expect(sent).toContain("x-own: 1");
    expect(sent.toLowerCase()).not.toContain("authorization");
  });

  test("something else than HTTP is a 503, and a missing slash is added", async () => {
    const { fetch } = node(dial, (agent) => { agent.head(); agent.send(FrameType.DATA, "SSH-2.0\r\n"); });
    expect((await fetch("/api/v1/namespaces/a/pods/p/proxy/")).status).toBe(503);
    const bare = await fetch("/api/v1/namespaces/a/pods/p/proxy?a=b", { redirect: "manual" });
    expect([bare.status, bare.headers.get("location")]).toEqual([301, "/api/v1/namespaces/a/pods/p/proxy/?a=b"]);
  });
});

describe("exec", () => {
  const exec: StreamOpen = { type: "exec", container: "c", command: ["cat"], stdin: true, stdout: true, stderr: true, tty: false, ...pod };
  afterEach(() => vi.unstubAllGlobals());

  test("without a WebSocket is told what this server speaks", async () => {
    const response = await node(exec, () => undefined).fetch("/api/v1/namespaces/a/pods/p/exec", { method: "POST" });
    expect([response.status, (await response.json() as any).message]).toEqual([400, expect.stringContaining("WebSocket")]);
  });

  test("channels go both ways, long messages in parts that keep their channel", async () => {
    const { client, agents } = await connected("v5.channel.k8s.io");
    client.send(Uint8Array.of(0, ...new Uint8Array(70_000).fill(65)));
    client.send(Uint8Array.of(255, 0));
    await vi.waitFor(() => expect(agents[0]!.frames.filter((f) => f.type === FrameType.DATA).length).toBe(3));
    const data = agents[0]!.frames.filter((f) => f.type === FrameType.DATA).map((f) => f.payload);
    expect(data.map((p) => p[0])).toEqual([0, 0, 255]);
    expect(data[0]!.length + data[1]!.length).toBe(70_002);
    const got = next(client);
    agents[0]!.send(FrameType.DATA, Uint8Array.of(1, 104, 105));
    expect(new Uint8Array(await got as ArrayBuffer)).toEqual(Uint8Array.of(1, 104, 105));
  });

  test("base64 clients get text with a digit for the channel", async () => {
    const { client, agents } = await connected("v4.base64.channel.k8s.io");
    client.send("0aGk=");
    await vi.waitFor(() => expect(agents[0]!.received(FrameType.DATA)).toBe("\0hi"));
    const got = next(client);
    agents[0]!.send(FrameType.DATA, Uint8Array.of(1, 104, 105));
    expect(await got).toBe("1aGk=");
  });

  async function connected(protocol: string): Promise<{ client: End; agents: Agent[] }> {
    let client!: End;
    vi.stubGlobal("WebSocketPair", class { constructor() { const [a, b] = pair(); client = a; return { 0: a, 1: b } as never; } });
    const RealResponse = Response;
    // Node's Response has no 101.
    vi.stubGlobal("Response", class extends RealResponse { constructor(body?: BodyInit | null, init?: ResponseInit) { super(body, init?.status === 101 ? { ...init, status: 200 } : init); } });
    const { fetch, agents } = node(exec, (agent) => agent.head());
    const response = await fetch("/api/v1/namespaces/a/pods/p/exec", { headers: { upgrade: "websocket", "sec-websocket-protocol": protocol } });
    expect(response.headers.get("sec-websocket-protocol")).toBe(protocol);
    return { client, agents };
  }

  const next = (client: End) => new Promise<unknown>((resolve) => client.addEventListener("message", (event) => resolve((event as unknown as { data: unknown }).data), { once: true }));
});
