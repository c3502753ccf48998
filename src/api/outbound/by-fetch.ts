import type { OutboundAnswer } from "../../lib/outbound.ts";
import { readText, type Message } from "./message.ts";

/** Over the public network. Redirects are answers like others: who is called was decided by the cluster's administrator. */
export async function callByFetch(fetch: (init: RequestInit) => Promise<Response>, { method, headers, body, bytesMax }: Message): Promise<OutboundAnswer> {
  const response = await fetch({ method, headers, redirect: "manual", ...(body !== undefined && { body }) });
  const reader = response.body?.getReader();
  if (!reader) return { status: response.status, body: "" };
  try {
    return { status: response.status, body: await readText(async () => (await reader.read()).value as Uint8Array | undefined, bytesMax) };
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}
