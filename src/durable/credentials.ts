import type { ClusterCredentials } from "../api/cluster-stub.ts";
import type { ApiResponse, Authenticated } from "../api/request.ts";
import { checkBound } from "../auth/authorizers/index.ts";
import { adminToken } from "../auth/identity-tokens.ts";
import { join } from "../auth/join.ts";
import type { ClusterFacts } from "../kinds/kind.ts";
import type { Reader } from "../kinds/transaction.ts";
import type { Identity } from "./identity.ts";

/** What the cluster gives to those who are to be known to it, and whether it still stands by what it gave. */
export interface CredentialsOptions {
  identity: Identity;
  facts: ClusterFacts;
  /** Throws 401 where there is no cluster. */
  reader(): Reader;
  refusal(error: unknown): ApiResponse;
  nowMs(): number;
  uuid(): string;
}

export class Credentials {
  readonly #options: CredentialsOptions;

  constructor(options: CredentialsOptions) { this.#options = options; }

  administrator(): ClusterCredentials {
    const { identity: { keys, parameters: { url } }, nowMs, uuid } = this.#options;
    return { adminToken: adminToken(keys, { issuer: url, nowMs: nowMs(), id: uuid() }) };
  }

  /** Of a node, for a join token or to renew what it has. */
  join(user: Authenticated, body: string): ApiResponse {
    const { identity, facts: cluster, reader, refusal, nowMs, uuid } = this.#options;
    try {
      const known = reader();
      const result = join({ reader: known, keys: identity.keys, cluster, nowMs: nowMs(), uuid }, checkBound(known, user), body);
      return { status: 200, body: JSON.stringify(result) };
    } catch (error) {
      return refusal(error);
    }
  }

  /** Throws ApiError when the user's token is bound to something that is gone. */
  verified(user: Authenticated): Authenticated {
    return checkBound(this.#options.reader(), user);
  }
}
