import { appendFile, chmod } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { postToWebhook, readWebhookConfig, type WebhookTarget } from "./audit-webhook.ts";
import { requestBody } from "./request-body.ts";

export interface AuditSinkOptions {
  socketPath: string;
  /** "-" is standard output. */
  logPath?: string;
  /** A kubeconfig, as kube-apiserver takes it. */
  webhookConfigFile?: string;
}

const BODY_BYTES_MAX = 32 * 1024 * 1024;

/**
 * Takes the audit events of the local installation over a Unix socket: a Worker knows no files, and no credentials but its
 * own. 500 tells it to send a batch again.
 */
export async function serveAuditSink(options: AuditSinkOptions): Promise<{ close(): Promise<void> }> {
  const webhook = options.webhookConfigFile === undefined ? undefined : readWebhookConfig(options.webhookConfigFile);
  const server = createServer((request, response) => {
    answer(options, webhook, request).then((status) => response.writeHead(status).end(), (error: Error) => response.writeHead(500).end(error.message));
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(options.socketPath, resolve));
  await chmod(options.socketPath, 0o600);
  return {
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

async function answer({ logPath }: AuditSinkOptions, webhook: WebhookTarget | undefined, request: IncomingMessage): Promise<number> {
  if (request.method === "POST" && request.url === "/log" && logPath !== undefined) {
    await write(logPath, await requestBody(request, BODY_BYTES_MAX));
    return 204;
  }
  if (request.method === "POST" && request.url === "/webhook" && webhook) return await postToWebhook(webhook, await requestBody(request, BODY_BYTES_MAX)) ? 204 : 502;
  return 404;
}

async function write(logPath: string, lines: string): Promise<void> {
  if (logPath === "-") process.stdout.write(lines);
  else await appendFile(logPath, lines, { mode: 0o600 });
}
