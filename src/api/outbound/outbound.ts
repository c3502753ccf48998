/**
 * Calls out of the cluster: to webhooks and extension API servers, in a service of the cluster or at a URL. One call has one
 * answer, bounded in bytes and time, and never throws: what went wrong is an answer too. `transport.ts` is the real thing.
 */
/** `caBundle`: base64 of PEM, as API objects carry it; without it the public authorities are trusted. */
export type Endpoint =
  | { url: string; caBundle?: string }
  | { service: { namespace: string; name: string; port: number; path?: string }; caBundle?: string };

export interface OutboundCall {
  endpoint: Endpoint;
  method: "POST" | "GET";
  headers?: Record<string, string>;
  body?: string;
  timeoutMs: number;
  /** Of the answer's body. */
  bytesMax?: number;
  /** Without "?". */
  query?: string;
}

export type OutboundAnswer = { status: number; body: string } | { error: string; timedOut?: boolean };

export type Outbound = (call: OutboundCall) => Promise<OutboundAnswer>;
