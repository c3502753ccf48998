import { ByteReader, readBody, readResponseHead, requestHead } from "../streams/http1.ts";
import type { TunnelStream } from "../streams/tunnel-client.ts";
import { readText, type Message } from "./message.ts";
import type { OutboundAnswer } from "../../lib/outbound.ts";

/** One exchange of HTTP/1.1 on a connection of its own. */
export async function callThrough(stream: TunnelStream, { method, headers, body, bytesMax, host, path }: Omit<Message, "headers"> & { headers: readonly [string, string][]; host: string; path: string }): Promise<OutboundAnswer> {
  const bytes = new TextEncoder().encode(body ?? "");
  try {
    const fields: [string, string][] = [["Host", host], ...headers, ["Connection", "close"]];
    if (body !== undefined) fields.push(["Content-Length", String(bytes.length)]);
    await stream.write(requestHead(method, path, fields));
    await stream.write(bytes);
    const reader = new ByteReader(() => stream.read());
    const head = await readResponseHead(reader);
    const next = readBody(reader, method, head);
    return { status: head.status, body: next ? await readText(next, bytesMax) : "" };
  } finally {
    stream.reset("the answer is complete");
  }
}
