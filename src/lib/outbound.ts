/**
 * A server outside of this one: at a URL, or behind a service of the cluster. `caBundle`: base64 of PEM, as API objects
 * carry it; without it the public authorities are trusted.
 */
export type Endpoint =
  | { url: string; caBundle?: string }
  | { service: { namespace: string; name: string; port: number; path?: string }; caBundle?: string; insecureSkipTLSVerify?: boolean };

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
  /** Shows the certificate by which extension API servers know the aggregator. For services. */
  asFrontProxy?: boolean;
}

/** `error`: why there is no answer, in words for the client of the request that needed it. */
export type OutboundAnswer = { status: number; body: string } | { error: string; timedOut?: boolean };
export type Outbound = (call: OutboundCall) => Promise<OutboundAnswer>;

/**
 * Thrown out of a synchronous run that needs answers from outside: what it wrote is rolled back, the calls are made, and
 * the same is run again with their answers remembered. Nobody but who started the run may catch it.
 */
export class Suspended extends Error {
  readonly calls: readonly OutboundCall[];
  constructor(calls: readonly OutboundCall[]) {
    super("answers from outside are missing");
    this.name = "Suspended";
    this.calls = calls;
  }
}
