/** Doubling delays by key, forgotten when unused for long (upstream: 10 s doubling to 300 s, reset after 10 minutes). */
export class BackOff {
  private readonly entries = new Map<string, { delayMs: number; updatedMs: number }>();
  private readonly firstMs: number;
  private readonly maxMs: number;
  constructor(firstMs = 10_000, maxMs = 300_000) { this.firstMs = firstMs; this.maxMs = maxMs; }

  /** How long after `sinceMs` the next try is due; 0 when there was none. */
  delayMs(key: string, sinceMs: number): number {
    const entry = this.entries.get(key);
    return entry && !this.expired(entry, sinceMs) ? entry.delayMs : 0;
  }

  /** Notes a try: the next one waits longer. */
  next(key: string, nowMs: number): void {
    const entry = this.entries.get(key);
    const delayMs = entry && !this.expired(entry, nowMs) ? Math.min(entry.delayMs * 2, this.maxMs) : this.firstMs;
    this.entries.set(key, { delayMs, updatedMs: nowMs });
  }

  forget(key: string): void { this.entries.delete(key); }
  private expired(entry: { updatedMs: number }, nowMs: number): boolean { return nowMs - entry.updatedMs > this.maxMs * 2; }
}
