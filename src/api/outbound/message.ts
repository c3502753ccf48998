export interface Message { method: string; headers: Record<string, string>; body: string | undefined; bytesMax: number }

/** Throws when there is more than the limit. */
export async function readText(next: () => Promise<Uint8Array | undefined>, bytesMax: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (let part = await next(); part; part = await next()) {
    bytes += part.length;
    if (bytes > bytesMax) throw new Error(`the answer is longer than ${bytesMax} bytes`);
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}
