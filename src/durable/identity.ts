import type { AuditConfiguration } from "../api/audit/configuration.ts";
import type { ClusterAuthentication, ClusterParameters } from "../api/cluster-stub.ts";
import { issueServingPair, signCertificate } from "../auth/certificates.ts";
import { createClusterKeys, createFrontProxyCa, jwks, signToken, verifyTokenSync, type ClusterKeys } from "../auth/keys.ts";
import type { ClusterFacts } from "../kinds/kind.ts";
import type { SqlDatabase } from "./sql.ts";

/** Who this cluster is: its parameters and keys, one row of `meta`. Absent until the cluster is initialized. */
interface Stored { parameters: ClusterParameters; keys: ClusterKeys }

const CLUSTER_DOMAIN = "cluster.local";
const SERVICE_CIDR = "10.96.0.0/16";
const POD_CIDR = "10.244.0.0/16";
const NODE_PORT_RANGE = [30_000, 32_767] as const;

/** By this name extension API servers know the aggregator. */
const FRONT_PROXY_NAME = "front-proxy-client";
/** Short, since the agents that dial hold it too. */
const FRONT_PROXY_HOURS = 2;

export class Identity {
  readonly #db: SqlDatabase;
  readonly #nowMs: () => number;
  #stored: Stored | undefined;
  #frontProxy: { certificatePem: string; privateKeyPem: string; renewMs: number } | undefined;

  constructor(db: SqlDatabase, nowMs: () => number) {
    this.#db = db;
    this.#nowMs = nowMs;
    this.reload();
  }

  get exists(): boolean { return this.#stored !== undefined; }
  get parameters(): ClusterParameters { return this.#get().parameters; }
  get keys(): ClusterKeys { return this.#get().keys; }

  /** What is recorded of requests, if anything. */
  get audit(): AuditConfiguration | undefined {
    const row = this.#db.all<{ value: string }>("SELECT value FROM meta WHERE key = 'audit'")[0];
    return row && (JSON.parse(row.value) as AuditConfiguration);
  }

  /** Inside a transaction. */
  setAudit(configuration: AuditConfiguration | undefined): void {
    if (configuration) this.#db.run("INSERT INTO meta (key, value) VALUES ('audit', ?) ON CONFLICT DO UPDATE SET value = excluded.value", JSON.stringify(configuration));
    else this.#db.run("DELETE FROM meta WHERE key = 'audit'");
  }

  reload(): void {
    const row = this.#db.all<{ value: string }>("SELECT value FROM meta WHERE key = 'cluster'")[0];
    this.#stored = row && (JSON.parse(row.value) as Stored);
    if (this.#stored && !this.#stored.keys.frontProxyCa) this.#addFrontProxyCa(this.#stored);
  }

  /** Clusters from before there was aggregation. */
  #addFrontProxyCa(stored: Stored): void {
    stored.keys.frontProxyCa = createFrontProxyCa(this.#nowMs());
    this.#db.run("UPDATE meta SET value = ? WHERE key = 'cluster'", JSON.stringify(stored));
  }

  frontProxyCertificate(nowMs: number): { certificatePem: string; privateKeyPem: string } {
    if (!this.#frontProxy || this.#frontProxy.renewMs <= nowMs) {
      const pair = issueServingPair(this.keys.frontProxyCa!, { commonName: FRONT_PROXY_NAME, days: FRONT_PROXY_HOURS / 24, usages: ["client"] }, nowMs);
      this.#frontProxy = { ...pair, renewMs: nowMs + (FRONT_PROXY_HOURS / 2) * 3_600_000 };
    }
    const { certificatePem, privateKeyPem } = this.#frontProxy;
    return { certificatePem, privateKeyPem };
  }

  /** Inside a transaction. */
  create(parameters: ClusterParameters, nowMs: number): void {
    const stored: Stored = { parameters, keys: createClusterKeys({ nowMs, clusterName: parameters.id }) };
    this.#db.run("INSERT INTO meta (key, value) VALUES ('cluster', ?)", JSON.stringify(stored));
    this.#stored = stored;
  }

  /** Which version's default objects the cluster has: a hash of them. */
  get defaults(): string | undefined { return this.#db.all<{ value: string }>("SELECT value FROM meta WHERE key = 'defaults'")[0]?.value; }
  /** Inside a transaction. */
  set defaults(value: string) { this.#db.run("INSERT INTO meta (key, value) VALUES ('defaults', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", value); }

  authentication(): ClusterAuthentication | undefined {
    return this.#stored && { issuer: this.#stored.parameters.url, jwks: jwks(this.#stored.keys) as unknown as ClusterAuthentication["jwks"] };
  }

  facts(host: { nowMs(): number; nodeHeartbeatMs(node: string): number | undefined }): ClusterFacts {
    const stored = () => this.#get();
    return {
      domain: CLUSTER_DOMAIN, podCidr: POD_CIDR,
      get nodePortRange() { return stored().parameters.nodePortRange ?? NODE_PORT_RANGE; },
      get serviceCidrs() { return stored().parameters.serviceCidrs ?? ([SERVICE_CIDR] as const); },
      get id() { return stored().parameters.id; },
      get issuer() { return stored().parameters.url; },
      get caCertificatePem() { return stored().keys.ca.certificatePem; },
      get frontProxyCaPem() { return stored().keys.frontProxyCa!.certificatePem; },
      signToken: (claims) => signToken(this.keys, claims),
      verifyToken: (jwt) => verifyTokenSync(this.keys, jwt, host.nowMs()),
      signCertificate: (contents) => signCertificate(this.keys.ca, contents, host.nowMs()),
      nodeHeartbeatMs: (node) => host.nodeHeartbeatMs(node),
    };
  }

  #get(): Stored {
    if (!this.#stored) throw new Error("the cluster is not initialized");
    return this.#stored;
  }
}
