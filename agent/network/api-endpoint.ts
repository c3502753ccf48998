import { createServer, request, Agent, type Server } from "node:https";
import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

export interface ApiEndpointOptions {
  /** Of the control plane, with the path of the cluster if it has one. */
  server: URL;
  /** PEM; absent: the system's authorities. */
  serverCa?: string;
  /** Shown to pods; signed by the cluster's authority. */
  certificatePem: string;
  keyPem: string;
  log(text: string): void;
}

/** Headers that concern one connection and not the request. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "host"]);
const SOCKETS_MAX = 256;

/**
 * `kubernetes.default.svc` on this node: pods speak TLS with the certificate that their ca.crt knows, and every request goes on
 * to the control plane as it is, with the pod's own token. Watches and upgrades (exec) stream through.
 */
export class ApiEndpoint {
  readonly #options: ApiEndpointOptions;
  readonly #agent: Agent;
  #server: Server | undefined;

  constructor(options: ApiEndpointOptions) {
    this.#options = options;
    this.#agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX, ca: options.serverCa });
  }

  async listen(address: string, port: number): Promise<void> {
    const { certificatePem, keyPem } = this.#options;
    const server = createServer({ cert: certificatePem, key: keyPem, minVersion: "TLSv1.2" });
    server.requestTimeout = 0; // a watch's request ends when it ends
    server.on("request", (incoming, outgoing) => this.#forward(incoming, outgoing));
    server.on("upgrade", (incoming: IncomingMessage, socket: Duplex, head: Buffer) => this.#upgrade(incoming, socket, head));
    server.on("tlsClientError", () => {});
    this.#server = server;
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, address, () => resolve()));
  }

  get port(): number { return (this.#server!.address() as { port: number }).port; }

  /** After the agent's certificate was renewed. */
  setCertificate(certificatePem: string, keyPem: string): void {
    this.#server?.setSecureContext({ cert: certificatePem, key: keyPem });
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) => (this.#server ? this.#server.close(() => resolve()) : resolve()));
    this.#agent.destroy();
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const upstream = this.#request(incoming);
    upstream.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, endToEnd(answer));
      outgoing.flushHeaders();
      answer.pipe(outgoing);
    });
    upstream.on("error", (error) => this.#unreachable(outgoing, error));
    outgoing.on("close", () => upstream.destroy());
    incoming.pipe(upstream);
  }

  #upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    const upstream = this.#request(incoming, { connection: "Upgrade", upgrade: incoming.headers.upgrade ?? "websocket" });
    socket.on("error", () => upstream.destroy());
    upstream.on("error", () => socket.destroy());
    upstream.on("response", (answer) => {
      socket.write(`${statusLine(answer)}${headerLines(answer)}connection: close\r\n\r\n`);
      answer.pipe(socket);
    });
    upstream.on("upgrade", (answer, upstreamSocket, upstreamHead) => {
      socket.write(`${statusLine(answer)}${headerLines(answer)}connection: Upgrade\r\nupgrade: ${answer.headers.upgrade ?? "websocket"}\r\n\r\n`);
      if (upstreamHead.length > 0) socket.write(upstreamHead);
      if (head.length > 0) upstreamSocket.write(head);
      upstreamSocket.on("error", () => socket.destroy());
      upstreamSocket.pipe(socket).pipe(upstreamSocket);
    });
    upstream.end();
  }

  #request(incoming: IncomingMessage, more: Record<string, string> = {}): ClientRequest {
    const { server, serverCa } = this.#options;
    return request({
      host: server.hostname.replace(/^\[|\]$/g, ""),
      port: server.port || 443,
      path: server.pathname.replace(/\/$/, "") + (incoming.url ?? "/"),
      method: incoming.method,
      headers: { ...endToEnd(incoming), ...more, host: server.host },
      agent: more.upgrade ? false : this.#agent,
      ca: serverCa,
    });
  }

  #unreachable(outgoing: ServerResponse, error: Error): void {
    if (outgoing.headersSent) {
      outgoing.destroy();
      return;
    }
    this.#options.log(`the control plane could not be reached for a pod: ${error.message}`);
    const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message: "the control plane cannot be reached from this node", reason: "ServiceUnavailable", code: 503 };
    outgoing.writeHead(503, { "content-type": "application/json", "retry-after": "1" }).end(JSON.stringify(status));
  }
}

function endToEnd(message: IncomingMessage): Record<string, string | string[]> {
  const kept = Object.entries(message.headers).filter(([name, value]) => value !== undefined && !HOP_BY_HOP.has(name));
  return Object.fromEntries(kept) as Record<string, string | string[]>;
}

const statusLine = (answer: IncomingMessage): string => `HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n`;

function headerLines(answer: IncomingMessage): string {
  return Object.entries(endToEnd(answer)).filter(([name]) => name !== "upgrade").map(([name, value]) => `${name}: ${[value].flat().join(", ")}\r\n`).join("");
}
