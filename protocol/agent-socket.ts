/**
 * The API socket: Kubernetes' API over one WebSocket, for agents and the dashboard. Text frames, each one JSON value of
 * the shapes below. The socket is authenticated at its upgrade (`GET …/isopod/v1/socket`, bearer token, subprotocol `isopod.v1`); every request is
 * authorized as if it had come alone by HTTP. Text `ping` is answered with `pong` without waking the cluster: that is the
 * agent's heartbeat, due every 10 s. Many requests may be under way; answers come in any order; a watch's events come in order.
 */
export type ClientFrame =
  /** `path` with query, such as `/api/v1/nodes/n1/status`. `body` is JSON text of `contentType` (default application/json). */
  | { id: number; method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"; path: string; contentType?: string; body?: string }
  /** A watch: `path` as for HTTP, with `watch=true`. Ends with an `end` frame. */
  | { id: number; watch: string }
  | { id: number; cancel: true };

export type ServerFrame =
  | { id: number; status: number; body: string; warnings?: string[] }
  /** `event` is the JSON text of a WatchEvent {type, object}; bookmarks included. */
  | { id: number; event: string }
  /** The watch is over: normally (the client re-subscribes from its cursor) or with a Status. */
  | { id: number; end: true; status?: string };

export const SOCKET_PATH = "/isopod/v1/socket";
export const SOCKET_PROTOCOL = "isopod.v1";
export const HEARTBEAT_INTERVAL_MS = 10_000;
