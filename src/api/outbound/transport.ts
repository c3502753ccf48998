import type { StreamOpen, TunnelTls } from "../../../protocol/tunnel.ts";
import { base64ToText } from "../../lib/base64.ts";
import { addressOf } from "../../lib/outbound.ts";
import type { TunnelStream } from "../streams/tunnel-client.ts";
import { callByFetch } from "./by-fetch.ts";
import { callThrough } from "./by-tunnel.ts";
import type { Outbound, OutboundAnswer, OutboundCall } from "../../lib/outbound.ts";
import { isPrivateHost } from "./private-host.ts";
import type { Destination, Route } from "./route.ts";
import { withinTime } from "./within-time.ts";

/**
 * How calls leave. A service is reached through the tunnel of a node on which it runs, and TLS is spoken by the agent
 * there, for the name `<service>.<namespace>.svc`. A URL of the public network is fetched; one with a CA of its own, which no
 * edge function can verify, and one of a private network, which is the cluster's and not ours, are dialled from any node.
 */
export interface TransportHost {
  /** Throws ApiError. */
  routesTo(destination: Destination): Route[];
  open(node: string, open: StreamOpen): Promise<TunnelStream>;
  fetch(url: string, init: RequestInit): Promise<Response>;
  frontProxyCertificate(): NonNullable<TunnelTls["client"]>;
}

const ANSWER_BYTES_MAX = 8_388_608;

export function createOutbound(host: TransportHost): Outbound {
  return (call) => withinTime(call.timeoutMs, (signal) => perform(host, call, signal));
}

async function perform(host: TransportHost, call: OutboundCall, signal: AbortSignal): Promise<OutboundAnswer> {
  const { endpoint, method, headers, body, query, bytesMax = ANSWER_BYTES_MAX } = call;
  const caBundle = endpoint.caBundle ? base64ToText(endpoint.caBundle) : undefined;
  const { url, destination, serverName } = placeOf(endpoint);
  if (query) url.search = query;
  const message = { method, headers: { "User-Agent": "kube-apiserver-admission", ...headers }, body, bytesMax };
  if ("url" in endpoint && caBundle === undefined && !isPrivateHost(url.hostname)) return await callByFetch((init) => host.fetch(url.href, { ...init, signal }), message);
  const insecure = "service" in endpoint && endpoint.insecureSkipTLSVerify;
  const tls: TunnelTls = { serverName, ...(caBundle !== undefined && { caBundle }), ...(insecure && { insecure }), ...(call.asFrontProxy && { client: host.frontProxyCertificate() }) };
  const stream = await openFirst(host, host.routesTo(destination), tls);
  signal.addEventListener("abort", () => stream.reset("the call took too long"));
  if (signal.aborted) stream.reset("the call took too long");
  return await callThrough(stream, { ...message, headers: Object.entries(message.headers), host: url.host, path: url.pathname + url.search });
}

interface Place { url: URL; destination: Destination; serverName: string }

function placeOf(endpoint: OutboundCall["endpoint"]): Place {
  const url = new URL(addressOf(endpoint));
  if ("service" in endpoint) {
    const { namespace, name, port } = endpoint.service;
    return { url, destination: { service: { namespace, name, port } }, serverName: `${name}.${namespace}.svc` };
  }
  if (url.protocol !== "https:") throw new Error(`"${endpoint.url}" is not an https URL`);
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  return { url, destination: { host: hostname, port: Number(url.port) || 443 }, serverName: hostname };
}

/** The first way on which a connection comes about; the last failure if there is none. */
export async function openFirst(host: Pick<TransportHost, "open">, routes: readonly Route[], tls: TunnelTls): Promise<TunnelStream> {
  let failure: unknown;
  for (const { node, host: address, port } of routes) {
    try {
      return await host.open(node, { type: "dial-address", host: address, port, tls });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
