import type { Reader } from "../kinds/transaction.ts";

interface Rest { lookedMs: number; untilMs: number }

/**
 * Keeps controllers from looking through very many objects at every single change of one: after each look a big key rests
 * for a while in proportion to its size, and what happens meanwhile is dealt with together. Small keys never rest. It is
 * remembered in memory only; forgetting it costs one look more. A reconcile that is run again, because it had to wait
 * for an answer from outside, is the same look.
 */
export class Pace {
  readonly #restful: number;
  readonly #msPerObject: number;
  readonly #next = new WeakMap<object, Map<string, Rest>>();

  /** Keys of more objects than `restful` rest `msPerObject` for each of them, a second at most. */
  constructor(options: { restful: number; msPerObject: number }) {
    this.#restful = options.restful;
    this.#msPerObject = options.msPerObject;
  }

  /** Milliseconds that the key has to rest yet; 0: look now. */
  restMs(reader: Reader, key: string): number {
    const next = reader.scope && this.#next.get(reader.scope)?.get(key);
    return next === undefined || (reader.isRepeated && next.lookedMs === reader.nowMs) ? 0 : Math.max(0, next.untilMs - reader.nowMs);
  }

  /** The key has been looked at, and brought into order. */
  looked(reader: Reader, key: string, objects: number): void {
    if (!reader.scope) return;
    const keys = this.#next.get(reader.scope) ?? new Map<string, Rest>();
    this.#next.set(reader.scope, keys);
    if (objects > this.#restful) keys.set(key, { lookedMs: reader.nowMs, untilMs: reader.nowMs + Math.min(1_000, Math.ceil(objects * this.#msPerObject)) });
    else keys.delete(key);
  }
}
