import type { TunnelTls } from "../../../protocol/tunnel.ts";
import type { UserInfo } from "../../kinds/kind.ts";
import type { Route } from "../outbound/route.ts";
import type { ApiRequest, ApiResponse, Authenticated } from "../request.ts";

/**
 * Aggregation: versions of groups that an extension API server in the cluster serves, as an APIService says. The Worker asks
 * the Cluster which there are (`remote-services.ts`) and, for each request, whether its user may and how the server is
 * reached; what goes to and fro never touches the Cluster. As upstream, the request is authorized here, its user goes along
 * in headers that a client certificate vouches for, and the extension server authorizes once more.
 */
export interface RemoteService {
  /** Of the APIService. */
  name: string;
  uid: string;
  resourceVersion: string;
  group: string;
  version: string;
  groupPriorityMinimum: number;
  versionPriority: number;
  isAvailable: boolean;
}

/** `resource` is absent for paths that name none. */
export interface AggregatedRequest { name: string; user: Authenticated; verb: string; path: string; resource?: ApiRequest }

export type AggregatedAnswer = { target: AggregatedTarget } | { refused: ApiResponse } | { unavailable: true };

export interface AggregatedTarget { routes: Route[]; tls: TunnelTls; user: UserInfo }
