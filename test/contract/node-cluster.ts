import { parsePath } from "../../src/api/path.ts";
import type { ApiRequest, ApiResponse, Authenticated } from "../../src/api/request.ts";
import { ClusterCore } from "../../src/durable/cluster-core.ts";
import type { ClusterHost, ClusterOptions } from "../../src/durable/cluster-host.ts";
import { AGENT_TAG, NODE_TAG, nodeTag, resourceTag, WATCH_TAG, type HubSocket, type SocketAttachment } from "../../src/durable/sockets.ts";
import { openNodeDatabase } from "../../src/durable/sql-node.ts";
import type { Outbound } from "../../src/lib/outbound.ts";
import { Seeded } from "../harness/seeded.ts";

/**
 * A whole ClusterCore on Node: node:sqlite, sockets and an alarm that are only pretended, a clock that stands still.
 * `evict` throws the core away and starts another over the same database, sockets and alarm, as hibernation does.
 */
export const MASTER: Authenticated = { username: "admin", groups: ["system:masters", "system:authenticated"], authenticator: "test" };

export class FakeSocket implements HubSocket {
  readonly sent: string[] = [];
  readonly tags: readonly string[];
  closedWith: { code: number; reason: string } | undefined;
  pingMs: number | undefined;
  backlog = 0;
  #attachment = "null";

  constructor(tags: readonly string[]) { this.tags = tags; }
  send(text: string): void { if (!this.closedWith) this.sent.push(text); }
  close(code: number, reason: string): void { this.closedWith ??= { code, reason }; }
  readAttachment(): SocketAttachment | undefined { return (JSON.parse(this.#attachment) as SocketAttachment | null) ?? undefined; }
  writeAttachment(value: SocketAttachment): void { this.#attachment = JSON.stringify(value); }
  lastPingMs(): number | undefined { return this.pingMs; }
  backlogBytes(): number { return this.backlog; }

  /** Events of a bridged watch, taken off. */
  events(): any[] { return this.sent.splice(0).flatMap((message) => message.split("\n")).map((line) => JSON.parse(line)); }
  frames(): any[] { return this.sent.splice(0).map((frame) => JSON.parse(frame)); }
}

export type NodeClusterOptions = ClusterOptions & { path?: string; initialize?: boolean; outbound?: Outbound };

export class NodeCluster implements Disposable {
  readonly db: ReturnType<typeof openNodeDatabase>;
  readonly clock = { nowMs: Date.parse("2026-01-01T00:00:00Z") };
  readonly sockets: FakeSocket[] = [];
  readonly logged: { level: string; message: string; fields?: Record<string, unknown> }[] = [];
  readonly alarms: number[] = [];
  /** What went to the installation's audit log. */
  readonly audited: any[] = [];
  alarmMs: number | undefined;
  core: ClusterCore;
  readonly #options: NodeClusterOptions;
  readonly #random = new Seeded(1);
  #ids = 0;
  #generation = 0;

  constructor(options: NodeClusterOptions = {}) {
    this.db = openNodeDatabase(options.path);
    this.#options = options;
    this.core = this.#start();
    if (options.initialize !== false) this.core.initialize({ id: "test", url: "https://127.0.0.1:6443" });
  }

  evict(): void {
    this.core = this.#start();
  }

  async send(method: string, path: string, body?: unknown, user = MASTER): Promise<{ status: number; body: any }> {
    const { status, body: text } = await this.core.handle(this.request(method, path, body, user));
    return { status, body: JSON.parse(text) };
  }

  sendNow(method: string, path: string, body?: unknown): { status: number; body: any } {
    const { status, body: text }: ApiResponse = this.core.execute(this.request(method, path, body));
    return { status, body: JSON.parse(text) };
  }

  request(method: string, path: string, body?: unknown, user = MASTER): ApiRequest {
    const [pathname = "", query = ""] = path.split("?");
    const parsed = parsePath(method, pathname, query);
    if (parsed.type !== "resource") throw new Error(`${method} ${path} is no resource path`);
    const { type: _, ...fields } = parsed;
    return { ...fields, user, userAgent: "test", ...(body !== undefined && { body: JSON.stringify(body) }), ...(method === "PATCH" && { patchType: "application/merge-patch+json" as const }) };
  }

  watch(path: string): FakeSocket {
    let socket: FakeSocket | undefined;
    this.core.openWatch(this.request("GET", path), (resource) => {
      socket = new FakeSocket([WATCH_TAG, resourceTag(resource)]);
      this.sockets.push(socket);
      return socket;
    });
    return socket!;
  }

  agent(user: Authenticated, node?: string): FakeSocket {
    const socket = new FakeSocket([AGENT_TAG, ...(node === undefined ? [] : [NODE_TAG, nodeTag(node)])]);
    this.sockets.push(socket);
    this.core.openAgent(socket, user);
    return socket;
  }

  disconnect(socket: FakeSocket): void {
    this.sockets.splice(this.sockets.indexOf(socket), 1);
    this.core.closed(socket);
  }

  /** Lets everything run that waits for the event loop. */
  async rest(turns = 20): Promise<void> {
    for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Moves the clock and rings the alarm if it is due. */
  async pass(ms: number): Promise<void> {
    this.clock.nowMs += ms;
    if (this.alarmMs !== undefined && this.alarmMs <= this.clock.nowMs) {
      this.alarmMs = undefined;
      void this.core.alarm();
    }
    await this.rest();
  }

  [Symbol.dispose](): void {
    this.#generation++;
    this.db.close();
  }

  #start(): ClusterCore {
    const generation = ++this.#generation; // what an evicted or closed core was waiting for never comes
    const host: ClusterHost = {
      db: this.db, nowMs: () => this.clock.nowMs, random: () => this.#random.next(),
      uuid: () => `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, "0")}`,
      pause: () => new Promise((resolve) => setImmediate(() => { if (generation === this.#generation) resolve(); })),
      writeAuditLog: async (lines) => { this.audited.push(...lines.trim().split("\n").map((line) => JSON.parse(line))); return true; },
      outbound: this.#options.outbound ?? (async () => ({ error: "nobody is out there" })),
      setAlarm: (dueMs) => { this.alarmMs = dueMs; this.alarms.push(dueMs); },
      log: (level, message, fields) => this.logged.push({ level, message, ...(fields && { fields }) }),
      sockets: { sockets: (tag) => this.sockets.filter((socket) => socket.tags.includes(tag) && !socket.closedWith) },
    };
    return new ClusterCore(host, this.#options, this.alarmMs);
  }
}

export const aConfigMap = (name: string, data: Record<string, string> = {}, labels?: Record<string, string>) =>
  ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...(labels && { labels }) }, data });
