/**
 * A server outside of this one: at a URL, or behind a service of the cluster. `caBundle`: base64 of PEM, as API objects
 * carry it; without it the public authorities are trusted.
 */
export type Endpoint =
  | { url: string; caBundle?: string }
  | { service: { namespace: string; name: string; port: number; path?: string }; caBundle?: string; insecureSkipTLSVerify?: boolean };

/** Where it is, as client-go makes the URL and names it in errors. */
export function addressOf(endpoint: Endpoint): string {
  if ("service" in endpoint) {
    const { namespace, name, port, path = "" } = endpoint.service;
    return `https://${name}.${namespace}.svc:${port}${cleanPath(path)}`;
  }
  return endpoint.url.replace(/^([^/]*\/\/[^/?#]*)([^?#]*)/, (_, start: string, path: string) => start + cleanPath(path));
}

/** As Go's path.Join: without doubled slashes and one at the end. */
const cleanPath = (path: string): string => `/${path.split("/").filter((part) => part !== "" && part !== ".").join("/")}`;

export interface OutboundCall {
  endpoint: Endpoint;
  method: "POST" | "GET" | "DELETE";
  headers?: Record<string, string>;
  body?: string;
  timeoutMs: number;
  /** Of the answer's body. */
  bytesMax?: number;
  /** Without "?". */
  query?: string;
  /** Shows the certificate by which extension API servers know the aggregator. For services. */
  asFrontProxy?: boolean;
  /** Told once, when the answer is there; an answer that is remembered is not told again. */
  answered?(answer: OutboundAnswer, milliseconds: number): void;
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

const SHOWN_CHARACTERS_MAX = 2048;

/** As client-go words an answer that is no success. */
export function serverError({ status, body }: { status: number; body: string }): string {
  if (status === 404) return "the server could not find the requested resource";
  const shown = body.trim().slice(0, SHOWN_CHARACTERS_MAX) || "unknown";
  return status >= 500 ? `an error on the server (${JSON.stringify(shown)}) has prevented the request from succeeding` : `the server rejected our request for an unknown reason (${status})`;
}
