import type { ClusterAuthentication, ClusterParameters } from "../api/cluster-stub.ts";
import { signCertificate } from "../auth/certificates.ts";
import { createClusterKeys, jwks, signToken, verifyTokenSync, type ClusterKeys } from "../auth/keys.ts";
import type { ClusterFacts } from "../kinds/kind.ts";
import type { SqlDatabase } from "./sql.ts";

/** Who this cluster is: its parameters and keys, one row of `meta`. Absent until the cluster is initialized. */
interface Stored { parameters: ClusterParameters; keys: ClusterKeys }

export const CLUSTER_DOMAIN = "cluster.local";
export const SERVICE_CIDR = "10.96.0.0/16";
export const POD_CIDR = "10.244.0.0/16";
export const NODE_PORT_RANGE = [30_000, 32_767] as const;

export class Identity {
  readonly #db: SqlDatabase;
  #stored: Stored | undefined;

  constructor(db: SqlDatabase) {
    this.#db = db;
    this.reload();
  }

  get exists(): boolean { return this.#stored !== undefined; }
  get parameters(): ClusterParameters { return this.#get().parameters; }
  get keys(): ClusterKeys { return this.#get().keys; }

  reload(): void {
    const row = this.#db.all<{ value: string }>("SELECT value FROM meta WHERE key = 'cluster'")[0];
    this.#stored = row && (JSON.parse(row.value) as Stored);
  }

  /** Inside a transaction. */
  create(parameters: ClusterParameters, nowMs: number): void {
    const stored: Stored = { parameters, keys: createClusterKeys({ nowMs, clusterName: parameters.id }) };
    this.#db.run("INSERT INTO meta (key, value) VALUES ('cluster', ?)", JSON.stringify(stored));
    this.#stored = stored;
  }

  authentication(): ClusterAuthentication | undefined {
    return this.#stored && { issuer: this.#stored.parameters.url, jwks: jwks(this.#stored.keys) as unknown as ClusterAuthentication["jwks"] };
  }

  facts(host: { nowMs(): number; nodeHeartbeatMs(node: string): number | undefined }): ClusterFacts {
    const stored = () => this.#get();
    return {
      domain: CLUSTER_DOMAIN, podCidr: POD_CIDR, nodePortRange: NODE_PORT_RANGE,
      get serviceCidrs() { return stored().parameters.serviceCidrs ?? ([SERVICE_CIDR] as const); },
      get id() { return stored().parameters.id; },
      get issuer() { return stored().parameters.url; },
      get caCertificatePem() { return stored().keys.ca.certificatePem; },
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
