/**
 * Gives memory back after a burst of work. V8 keeps the pages that a burst needed until it allocates again, and a cluster
 * at rest allocates nothing. On the local host, where many clusters share one process with everything else on a machine,
 * the garbage collector can be called (cli/workerd-config.ts); on the platform it can't, and nothing happens here.
 */
export interface MemoryReleaseOptions {
  pause(ms: number): Promise<void>;
  /** Default: V8's `gc`, where it is exposed. */
  collect?: (() => void) | undefined;
}

/** Less leaves nothing behind that is worth a pause of some 30 ms. */
const CHANGES_MIN = 1_000;
const QUIET_MS = 1_000;

export class MemoryRelease {
  readonly #pause: (ms: number) => Promise<void>;
  readonly #collect: (() => void) | undefined;
  #changes = 0;
  #waiting = false;

  constructor(options: MemoryReleaseOptions) {
    this.#pause = options.pause;
    this.#collect = options.collect ?? exposedCollector();
  }

  /** After a commit with so many changes. */
  worked(changes: number): void {
    if (!this.#collect) return;
    this.#changes += changes;
    if (this.#waiting || this.#changes < CHANGES_MIN) return;
    this.#waiting = true;
    void this.#collectWhenQuiet(this.#collect);
  }

  async #collectWhenQuiet(collect: () => void): Promise<void> {
    for (let seen = -1; seen !== this.#changes;) {
      seen = this.#changes;
      await this.#pause(QUIET_MS);
    }
    this.#changes = 0;
    this.#waiting = false;
    collect();
  }
}

function exposedCollector(): (() => void) | undefined {
  const { gc } = globalThis as { gc?: (options: object) => void };
  // "last-resort" also gives pooled pages back.
  return gc && (() => gc({ type: "major", execution: "sync", flavor: "last-resort" }));
}
