import type { StreamTarget } from "../../kinds/kind.ts";
import type { Call } from "../call.ts";
import { bodyOf, TunnelStream } from "./tunnel-client.ts";

/** Headers of one connection only (RFC 9110, 7.6.1). */
export const hopByHop = new Set(["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade", "proxy-connection"]);

/** The node's own HTTP endpoint; the agent answers with the status and headers in its HEAD. */
export async function serveNodeHttp(call: Call, target: StreamTarget): Promise<Response> {
  const stream = await TunnelStream.open(call.env, call.cluster.id, target);
  void sendBody(call.request, stream);
  const headers = new Headers();
  for (const [name, value] of Object.entries(stream.head.headers ?? {})) if (!hopByHop.has(name.toLowerCase())) headers.append(name, value);
  return new Response(bodyOf(stream), { status: stream.head.status, headers });
}

async function sendBody(request: Request, stream: TunnelStream): Promise<void> {
  try {
    if (request.body) for await (const chunk of request.body as ReadableStream<Uint8Array>) await stream.write(chunk);
    stream.end();
  } catch {
    stream.reset("the client's request ended early");
  }
}
