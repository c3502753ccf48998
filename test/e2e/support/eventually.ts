import { setTimeout as sleep } from "node:timers/promises";

/** Tries until it neither throws nor gives false; then throws what the last try threw. */
export async function eventually<T>(attempt: () => T | Promise<T>, ms = 30_000): Promise<T> {
  const untilMs = Date.now() + ms;
  for (;;) {
    try {
      const value = await attempt();
      if (value !== false) return value;
      if (Date.now() > untilMs) throw new Error(`not within ${ms} ms`);
    } catch (error) {
      if (Date.now() > untilMs) throw error;
    }
    await sleep(100);
  }
}
