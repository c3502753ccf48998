import { chmodSync, mkdirSync, rmSync, writeFileSync, existsSync, readFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { Agent, request } from "node:https";
import { join, relative } from "node:path";
import { createServer } from "node:net";
import { serveAuditSink } from "./audit-sink.ts";
import { ASSETS_DIR, ROOT, WORKER_BUNDLE } from "./bundle.ts";
import { servingCertificates } from "./certificates.ts";
import { serveLibsql } from "./libsql-server.ts";
import type { AuditOptions } from "./options.ts";
import { Service } from "./process.ts";
import { workerdConfig } from "./workerd-config.ts";

export interface ControlPlane {
  /** Under which clients on this machine reach it: https://127.0.0.1:6443 */
  origin: string;
  caPem: string;
  /** Asks the platform API as its administrator. Throws with the answer's text unless it is 2xx. */
  platform(method: string, path: string, body?: unknown): Promise<unknown>;
  /** One request to the Kubernetes API. */
  ask(method: string, path: string, options: { token?: string; body?: string; contentType?: string }): Promise<{ status: number; body: string }>;
  pid(): number | undefined;
  stop(): Promise<void>;
}

export interface ControlPlaneOptions {
  dataDir: string;
  port: number;
  /** Addresses beside 127.0.0.1, for nodes in network namespaces. */
  moreAddresses: readonly string[];
  defaultCluster: string;
  audit?: AuditOptions;
  onExit?: (reason: string) => void;
}

const START_MS_MAX = 10_000;
const STOP_GRACE_MS = 300; // workerd does not end by itself while a watch is open

/** Starts workerd on the bundle, with the libSQL directory behind it, and waits until it answers. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  await refuseTakenPort(options.port);
  const runDir = join(options.dataDir, "run");
  const storageDir = join(options.dataDir, "storage");
  for (const dir of [runDir, storageDir]) mkdirSync(dir, { recursive: true, mode: 0o700 });

  const adminToken = loadOrCreateSecret(join(options.dataDir, "platform-admin-token"));
  const directorySocket = join(runDir, "libsql.sock");
  rmSync(directorySocket, { force: true });
  const directory = await serveLibsql({ file: join(options.dataDir, "directory.db"), socketPath: directorySocket });
  const audit = await auditSink(runDir, options.audit ?? {});
  const certificates = await servingCertificates(options.dataDir, {
    dns: ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"],
    ips: ["127.0.0.1", "::1", "10.96.0.1", ...options.moreAddresses],
  });
  const origin = `https://127.0.0.1:${options.port}`;
  const configFile = join(runDir, "workerd.capnp");
  writeFileSync(configFile, workerdConfig({
    bundlePath: relative(runDir, WORKER_BUNDLE),
    addresses: ["127.0.0.1", ...options.moreAddresses].map((address) => `${address}:${options.port}`),
    storageDir,
    directorySocket,
    ...(audit && { auditSocket: audit.socketPath }),
    assetsDir: ASSETS_DIR,
    certificatePem: certificates.certificatePem,
    keyPem: certificates.keyPem,
    vars: { DEFAULT_CLUSTER: options.defaultCluster, PUBLIC_ORIGIN: origin, SERVER_CA: certificates.caPem },
    secrets: ["PLATFORM_ADMIN_TOKEN"],
    compatibilityDate: compatibilityDate(),
  }), { mode: 0o600 });
  chmodSync(configFile, 0o600);

  const service = new Service({
    name: "workerd",
    command: join(ROOT, "node_modules", ".bin", "workerd"),
    args: ["serve", "--experimental", configFile],
    env: { PLATFORM_ADMIN_TOKEN: adminToken },
    logFile: join(options.dataDir, "workerd.log"),
    restart: true,
    graceMs: STOP_GRACE_MS,
    onExit: options.onExit,
  });
  const stop = async () => {
    await service.stop();
    await audit?.close();
    await directory.close();
  };

  const agent = new Agent({ ca: certificates.caPem, keepAlive: false });
  const ask: ControlPlane["ask"] = (method, path, { token, body, contentType }) => new Promise((resolve, reject) => {
    const headers: Record<string, string> = { accept: "application/json" };
    if (token) headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers["content-type"] = contentType ?? "application/json";
    const sent = request(origin + path, { method, agent, headers, timeout: 10_000 }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk) => { text += chunk; }).on("end", () => resolve({ status: answer.statusCode ?? 0, body: text }));
    });
    sent.on("error", reject).on("timeout", () => sent.destroy(new Error("timed out")));
    sent.end(body);
  });
  try {
    await untilHealthy(ask, join(options.dataDir, "workerd.log"));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    origin,
    caPem: certificates.caPem,
    ask,
    platform: async (method, path, body) => {
      const answer = await ask(method, `/platform/v1${path}`, { token: adminToken, body: body === undefined ? undefined : JSON.stringify(body) });
      if (answer.status < 200 || answer.status > 299) throw new Error(`${method} /platform/v1${path}: ${answer.status} ${answer.body}`);
      return answer.body ? JSON.parse(answer.body) : undefined;
    },
    pid: () => service.pid,
    stop,
  };
}

async function auditSink(runDir: string, { logPath, webhookConfigFile }: AuditOptions): Promise<{ socketPath: string; close(): Promise<void> } | undefined> {
  if (logPath === undefined && webhookConfigFile === undefined) return undefined;
  const socketPath = join(runDir, "audit.sock");
  rmSync(socketPath, { force: true });
  const sink = await serveAuditSink({ socketPath, ...(logPath !== undefined && { logPath }), ...(webhookConfigFile !== undefined && { webhookConfigFile }) });
  return { socketPath, close: () => sink.close() };
}

async function untilHealthy(ask: ControlPlane["ask"], logFile: string): Promise<void> {
  const untilMs = Date.now() + START_MS_MAX;
  for (;;) {
    const answer = await ask("GET", "/readyz", {}).catch(() => undefined);
    if (answer?.status === 200) return;
    if (Date.now() > untilMs) throw new Error(`the control plane did not become ready within ${START_MS_MAX / 1000} s; its log is ${logFile}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** workerd would only say so in its log. */
function refuseTakenPort(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new Error(`port ${port} on 127.0.0.1 is taken: is another control plane running? Choose one with --port N`) : error));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve()));
  });
}

function loadOrCreateSecret(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600 });
  return readFileSync(file, "utf8");
}

/** One place for it: wrangler.toml. */
function compatibilityDate(): string {
  const found = /^compatibility_date\s*=\s*"([\d-]+)"/m.exec(readFileSync(join(ROOT, "wrangler.toml"), "utf8"));
  if (!found) throw new Error("wrangler.toml has no compatibility_date");
  return found[1]!;
}
