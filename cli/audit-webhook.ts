import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { dirname, resolve } from "node:path";
import { load } from "js-yaml";

/** The server that a webhook's kubeconfig names, and what is shown to it. */
export interface WebhookTarget { url: string; options: RequestOptions }

interface Kubeconfig {
  "current-context"?: string;
  contexts?: { name: string; context: { cluster: string; user: string } }[];
  clusters?: { name: string; cluster: { server: string; "certificate-authority"?: string; "certificate-authority-data"?: string; "insecure-skip-tls-verify"?: boolean; "tls-server-name"?: string } }[];
  users?: { name: string; user: { token?: string; tokenFile?: string; username?: string; password?: string; "client-certificate"?: string; "client-certificate-data"?: string; "client-key"?: string; "client-key-data"?: string } }[];
}

const TIMEOUT_MS = 10_000;

/** Throws an Error whose message is for the user. Without a current context its only cluster and user are meant. */
export function readWebhookConfig(file: string): WebhookTarget {
  const config = load(readFileSync(file, "utf8")) as Kubeconfig | null;
  const context = config?.contexts?.find(({ name }) => name === config["current-context"])?.context;
  const cluster = (context ? config?.clusters?.find(({ name }) => name === context.cluster) : config?.clusters?.[0])?.cluster;
  const user = (context ? config?.users?.find(({ name }) => name === context.user) : config?.users?.[0])?.user ?? {};
  if (!cluster || !URL.canParse(cluster.server)) throw new Error(`${file} names no server: it must be a kubeconfig`);
  const from = (path: string | undefined, data: string | undefined) => (data !== undefined ? Buffer.from(data, "base64") : path !== undefined ? readFileSync(resolve(dirname(file), path)) : undefined);
  const token = user.token ?? (user.tokenFile === undefined ? undefined : readFileSync(resolve(dirname(file), user.tokenFile), "utf8").trim());
  const basic = user.username === undefined ? undefined : `Basic ${Buffer.from(`${user.username}:${user.password ?? ""}`).toString("base64")}`;
  return {
    url: cluster.server,
    options: {
      method: "POST", timeout: TIMEOUT_MS, rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
      ca: from(cluster["certificate-authority"], cluster["certificate-authority-data"]), cert: from(user["client-certificate"], user["client-certificate-data"]), key: from(user["client-key"], user["client-key-data"]),
      ...(cluster["tls-server-name"] !== undefined && { servername: cluster["tls-server-name"] }),
      headers: { "content-type": "application/json", ...((token ?? basic) !== undefined && { authorization: token === undefined ? basic : `Bearer ${token}` }) },
    },
  };
}

/** False: it did not take them. */
export function postToWebhook({ url, options }: WebhookTarget, body: string): Promise<boolean> {
  const send = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((settle) => {
    const sent = send(url, { ...options, headers: { ...options.headers as Record<string, string>, "content-length": Buffer.byteLength(body) } }, (answer) => {
      answer.resume();
      const { statusCode = 0 } = answer;
      settle(statusCode >= 200 && statusCode < 300);
    });
    sent.on("error", () => settle(false)).on("timeout", () => sent.destroy(new Error("timed out")));
    sent.end(body);
  });
}
