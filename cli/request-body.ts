import type { IncomingMessage } from "node:http";

export class BodyTooLarge extends Error {}

/** The text of a request. Throws BodyTooLarge beyond so many bytes. */
export async function requestBody(request: IncomingMessage, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bytesMax) throw new BodyTooLarge("the request is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
