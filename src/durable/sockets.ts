import type { ApiRequest, Authenticated } from "../api/request.ts";

/**
 * WebSockets as the hub sees them: a Durable Object's hibernating ones, or fakes in tests. They outlive the object's
 * memory; what must survive with them is in their attachment.
 */
export interface HubSocket {
  send(text: string): void;
  close(code: number, reason: string): void;
  readAttachment(): SocketAttachment | undefined;
  /** At most ATTACHMENT_BYTES_MAX of JSON. */
  writeAttachment(value: SocketAttachment): void;
  /** When the platform last answered a ping for us. */
  lastPingMs(): number | undefined;
  /** Bytes sent but not yet taken by the client, where that can be known. */
  backlogBytes?(): number;
}

export interface SocketHost {
  /** All open sockets that were accepted with this tag. The same socket is the same object each time. */
  sockets(tag: string): readonly HubSocket[];
}

export type SocketAttachment = WatchAttachment | AgentAttachment | StoredAttachment;
/** One watch that the Worker bridges to an HTTP client. `cursor`: events after it are still to be sent. */
export interface WatchAttachment { type: "watch"; request: ApiRequest; resource: string; cursor?: number }
/** An API socket: who is there, and its watches. */
export interface AgentAttachment {
  type: "agent";
  user: Authenticated;
  node?: string;
  connectedMs: number;
  origin?: string;
  userAgent?: string;
  watches: WatchState[];
}
/** `cursor` as above; `initial`: the present state is still being sent, as of a revision, and is sent up to a key. */
export interface WatchState { id: number; path: string; resource: string; cursor?: number; initial?: InitialProgress; deadlineMs?: number }
export interface InitialProgress { revision: number; after?: { namespace: string; name: string } }
/** The attachment itself is a row of the table `subscriptions`. */
export interface StoredAttachment { type: "stored"; id: string }

export const ATTACHMENT_BYTES_MAX = 12_000; // the platform's limit is 16 KB of its own serialization

export const WATCH_TAG = "watch";
export const AGENT_TAG = "agent";
export const NODE_TAG = "node";
/** Tags are limited to 256 characters. */
export const resourceTag = (resource: string): string => `resource:${resource}`.slice(0, 256);
export const nodeTag = (name: string): string => `node:${name}`.slice(0, 256);
