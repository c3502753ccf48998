import type { Registry, RegistryHost } from "../api/registry.ts";
import type { Controller } from "../controllers/controller.ts";
import type { Outbound } from "../lib/outbound.ts";
import type { Log } from "./log.ts";
import type { SocketHost } from "./sockets.ts";
import type { SqlDatabase } from "./sql.ts";

/** Everything that comes into a cluster from outside: `cluster.ts` gives it the platform's, tests give it Node's. */
export interface ClusterHost {
  db: SqlDatabase;
  sockets: SocketHost;
  nowMs(): number;
  random(): number;
  uuid(): string;
  /** Lets other events run: `scheduler.wait`. */
  pause(ms?: number): Promise<void>;
  /** The one alarm; a later call replaces an earlier one. Its absence is the host's business after it has fired. */
  setAlarm(dueMs: number): void;
  /** Calls to webhooks and extension API servers. */
  outbound: Outbound;
  log: Log;
  /** Takes audit events, one a line. Absent: they go to `log`. */
  writeAuditLog?(lines: string): Promise<boolean>;
  /** Takes an EventList for the server that the launcher was told of. */
  writeAuditWebhook?(body: string): Promise<boolean>;
  databaseBytes?(): number;
  /** After each commit with so many changes. */
  worked?(changes: number): void;
  /** In [0, 1): which due key comes next. For tests that replay races. */
  choose?(): number;
}

export interface ClusterOptions {
  controllers?: readonly Controller[];
  createRegistry?(host: RegistryHost): Registry;
}
