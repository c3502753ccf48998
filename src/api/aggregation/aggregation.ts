import type { TunnelTls } from "../../../protocol/tunnel.ts";
import type { UserInfo } from "../../kinds/kind.ts";
import type { Route } from "../outbound/route.ts";
import type { ApiRequest, ApiResponse, PathRequest } from "../request.ts";

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

/** Without `asked` the aggregator itself is going to ask. `isAdmitted`: it has been through the front door already. */
export interface AggregatedRequest { name: string; asked?: ApiRequest | PathRequest; isAdmitted?: boolean }

/** `isUnavailable`: not because of who asks. `headers` are for the client. */
export type AggregatedAnswer = { target: AggregatedTarget; headers: Record<string, string> } | { refused: ApiResponse; isUnavailable?: boolean };

export interface AggregatedTarget { routes: Route[]; tls: TunnelTls; user: UserInfo }
