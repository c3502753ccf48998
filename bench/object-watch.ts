import { request } from "node:https";
import type { Target } from "./target.ts";

/** A watch whose events are read, for waiting until something is seen. */
export interface WatchedObject { metadata: { name: string; labels?: Record<string, string> }; status?: { phase?: string } }
type Condition = (object: WatchedObject, type: string) => boolean;

export interface ObjectWatch {
  /** Resolves with the time (of `performance`) at which an event that fulfils the condition arrived. */
  until(condition: Condition): Promise<number>;
  close(): void;
}

const TIMEOUT_MS = 60_000;

export function openObjectWatch(target: Target, path: string): ObjectWatch {
  const waiting = new Set<{ condition: Condition; resolve(ms: number): void }>();
  const sent = request(`${target.origin}${path}?watch=true`, { ca: target.caPem, agent: false, headers: { authorization: `Bearer ${target.token}` } }, (answer) => {
    let rest = "";
    answer.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) if (line) take(line);
    });
    answer.on("error", () => { /* closed on purpose */ });
  });
  const take = (line: string) => {
    const { type, object } = JSON.parse(line) as { type: string; object: WatchedObject };
    for (const waiter of waiting) {
      if (!waiter.condition(object, type)) continue;
      waiting.delete(waiter);
      waiter.resolve(performance.now());
    }
  };
  sent.on("error", () => { /* those who wait run into their timeout */ }).end();
  return {
    until: (condition) => new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${path}: the expected event did not come within ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
      waiting.add({ condition, resolve: (ms) => { clearTimeout(timer); resolve(ms); } });
    }),
    close: () => sent.destroy(),
  };
}
