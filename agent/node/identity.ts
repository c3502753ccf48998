/**
 * Who this node is: got once for a join token, kept on disk (readable by root only), renewed when half of its time is over.
 * The key of the serving certificate never leaves the machine.
 */
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { hostname } from "node:os";
import { join } from "node:path";
import type { AgentOptions } from "./options.ts";

export interface ClusterFacts { id: string; domain: string; serviceCidr: string; podCidr: string; dnsIp: string; kubernetesIp: string; nodePortRange: readonly [number, number]; issuer: string }
export interface Identity {
  nodeName: string;
  token: string;
  expirationTimestamp: string;
  /** PEM of the cluster's own authority. */
  caCertificate: string;
  servingCertificate: string;
  privateKeyPem: string;
  cluster: ClusterFacts;
  /** When it was made, to know its half time. */
  issuedAt: string;
  server: string;
}

type IdentityOptions = Pick<AgentOptions, "server" | "token" | "ca" | "insecure" | "dataDir" | "nodeName">;

/** The kept identity where it is still good for this server, else a new one for the join token. Throws with what the server said. */
export async function ensureIdentity(options: IdentityOptions): Promise<Identity> {
  const kept = load(options.dataDir);
  const fits = kept && kept.server === options.server && (!options.nodeName || kept.nodeName === options.nodeName) && Date.parse(kept.expirationTimestamp) > Date.now();
  if (kept && fits) return isHalfOver(kept) ? renew(options, kept).catch(() => kept) : kept;
  if (!options.token) throw new Error("--token is required to join");
  return obtain(options, "/isopod/v1/join", options.token, newKey());
}

export const isHalfOver = (identity: Identity): boolean => Date.now() > (Date.parse(identity.issuedAt) + Date.parse(identity.expirationTimestamp)) / 2;
export const renew = (options: IdentityOptions, kept: Identity): Promise<Identity> =>
  obtain({ ...options, nodeName: kept.nodeName }, "/isopod/v1/renew", kept.token, newKey());

interface Key { privateKeyPem: string; publicKeyPem: string }

/** A renewal takes a new key too: the old one may have leaked with a backup. */
function newKey(): Key {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { privateKeyPem: pair.privateKey.export({ type: "pkcs8", format: "pem" }) as string, publicKeyPem: pair.publicKey.export({ type: "spki", format: "pem" }) as string };
}

async function obtain(options: IdentityOptions, path: string, token: string, key: Key): Promise<Identity> {
  const { nodeName } = options;
  const body = JSON.stringify({ ...(nodeName && { nodeName }), hostname: hostname(), publicKeyPem: key.publicKeyPem });
  const text = await post(`${options.server}${path}`, body, token, options);
  const result = JSON.parse(text) as Omit<Identity, "privateKeyPem" | "issuedAt" | "server">;
  const identity = { ...result, privateKeyPem: key.privateKeyPem, issuedAt: new Date().toISOString(), server: options.server };
  save(options.dataDir, identity);
  return identity;
}

function post(url: string, body: string, token: string, tls: { ca?: string | undefined; insecure?: boolean }): Promise<string> {
  return new Promise((resolve, reject) => {
    const isTls = url.startsWith("https:");
    const request = (isTls ? httpsRequest : httpRequest)(url, {
      method: "POST", timeout: 15_000, agent: false, headers: { "content-type": "application/json", authorization: `Bearer ${token}`, "content-length": Buffer.byteLength(body), "user-agent": "isopod-agent" },
      ...(isTls && tls.ca && { ca: tls.ca }), ...(isTls && tls.insecure && { rejectUnauthorized: false }),
    }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => { text += chunk; });
      response.on("end", () => {
        if (response.statusCode === 200 || response.statusCode === 201) return resolve(text);
        let message = text.slice(0, 300);
        try { message = (JSON.parse(text) as { message?: string }).message ?? message; } catch { /* not a Status */ }
        reject(Object.assign(new Error(`joining failed (${response.statusCode}): ${message}`), { status: response.statusCode }));
      });
    });
    request.on("timeout", () => request.destroy(new Error("the control plane did not answer")));
    request.on("error", reject);
    request.end(body);
  });
}

/** The next start joins anew. */
export function forgetIdentity(dataDir: string): void { rmSync(join(dataDir, "identity.json"), { force: true }); }

function load(dataDir: string): Identity | undefined {
  try { return JSON.parse(readFileSync(join(dataDir, "identity.json"), "utf8")) as Identity; } catch { return undefined; }
}

function save(dataDir: string, identity: Identity): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, "identity.json");
  writeFileSync(`${path}.new`, JSON.stringify(identity), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
