import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HEARTBEAT_MS, withHeartbeat } from "./heartbeat.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a blank line comes between lines and never within one", async () => {
  const waiting: ((chunk: Uint8Array | undefined) => void)[] = [];
  const next = withHeartbeat(() => new Promise((resolve) => waiting.push(resolve)));
  const say = (text?: string) => waiting.shift()!(text === undefined ? undefined : new TextEncoder().encode(text));
  const heard = async () => { const chunk = await next(); return chunk && new TextDecoder().decode(chunk); };

  let first = heard();
  await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
  expect(await first).toBe("\n");
  first = heard();
  say('{"type":');
  expect(await first).toBe('{"type":');
  let silent = true;
  first = heard();
  void first.then(() => { silent = false; });
  await vi.advanceTimersByTimeAsync(HEARTBEAT_MS * 5);
  expect(silent).toBe(true);
  say('"ADDED"}\n');
  expect(await first).toBe('"ADDED"}\n');
  first = heard();
  await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
  expect(await first).toBe("\n");
  first = heard();
  say();
  expect(await first).toBeUndefined();
});
