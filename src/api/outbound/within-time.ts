import type { OutboundAnswer } from "../../lib/outbound.ts";

/** An answer in any case. What is under way when time is up is cut by the signal, and not waited for. */
export async function withinTime(timeoutMs: number, run: (signal: AbortSignal) => Promise<OutboundAnswer>): Promise<OutboundAnswer> {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<OutboundAnswer>((resolve) => {
    timer = setTimeout(() => {
      resolve({ error: "context deadline exceeded", timedOut: true });
      controller.abort();
    }, timeoutMs);
  });
  const running = run(controller.signal).catch((error: Error): OutboundAnswer => ({ error: error.message }));
  try {
    return await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
  }
}
