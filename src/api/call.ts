import type { ClusterStub } from "./cluster-stub.ts";
import type { Environment, Parts } from "./environment.ts";
import type { Authenticated } from "./request.ts";

/** One HTTP request to one cluster, on its way through the Worker. */
export interface Call {
  request: Request;
  /** Path within the cluster, still percent-encoded; starts with "/". */
  path: string;
  /** Without "?". */
  query: string;
  env: Environment;
  parts: Parts;
  cluster: ReachedCluster;
  user: Authenticated;
  auditId: string;
}

export interface ReachedCluster {
  id: string;
  stub: ClusterStub;
  /** What the URL carries before the cluster's own paths: "" or "/clusters/<id>". */
  base: string;
  /** Scheme and host as the client wrote them. */
  origin: string;
}
