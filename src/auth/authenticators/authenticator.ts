import type { ClusterAuthentication } from "../../api/cluster-stub.ts";
import type { Authenticated } from "../../api/request.ts";

/** One way to tell from a bearer token who asks. Undefined: not a token of this kind, or not a good one. */
export interface Authenticator {
  readonly name: string;
  authenticate(token: string, trust: ClusterAuthentication): Promise<Authenticated | undefined>;
}
