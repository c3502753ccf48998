/** Events on their way to a backend: collected for a moment, sent in batches one after the other, bounded, tried again a few times, then given up and counted. */
export interface AuditBufferOptions {
  waitMs: number;
  /** Resolves false if the batch was not taken. */
  send(events: readonly string[]): Promise<boolean>;
  pause(ms: number): Promise<void>;
  lost(events: number): void;
}

const EVENTS_MAX = 10_000;
const CHARACTERS_MAX = 16_000_000;
const BATCH_EVENTS_MAX = 400;
const BATCH_CHARACTERS_MAX = 4_000_000;
const ATTEMPTS_MAX = 5;
const RETRY_MS = 1_000;

export class AuditBuffer {
  readonly #options: AuditBufferOptions;
  #events: string[] = [];
  #characters = 0;
  #sending: Promise<void> | undefined;

  constructor(options: AuditBufferOptions) {
    this.#options = options;
  }

  add(event: string): void {
    if (this.#events.length >= EVENTS_MAX || this.#characters + event.length > CHARACTERS_MAX) return this.#options.lost(1);
    this.#events.push(event);
    this.#characters += event.length;
    this.#sending ??= this.#send().finally(() => { this.#sending = undefined; });
  }

  /** Until nothing is left. */
  async done(): Promise<void> {
    await this.#sending;
  }

  async #send(): Promise<void> {
    while (this.#events.length > 0) {
      await this.#options.pause(this.#options.waitMs);
      const batch = this.#take();
      if (!await this.#deliver(batch)) this.#options.lost(batch.length);
    }
  }

  async #deliver(batch: readonly string[]): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      if (attempt > 0) await this.#options.pause(RETRY_MS * 2 ** (attempt - 1));
      if (await this.#options.send(batch).catch(() => false)) return true;
    }
    return false;
  }

  #take(): string[] {
    let characters = 0;
    let count = 0;
    while (count < this.#events.length && count < BATCH_EVENTS_MAX && (count === 0 || characters + this.#events[count]!.length <= BATCH_CHARACTERS_MAX)) characters += this.#events[count++]!.length;
    this.#characters -= characters;
    return this.#events.splice(0, count);
  }
}
