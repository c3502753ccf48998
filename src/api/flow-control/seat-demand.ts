/**
 * How many seats a priority level wanted: average, deviation and peak over a period, and a figure that follows peaks at
 * once and forgets them slowly (half-life five minutes). The input of borrowing, as upstream.
 */
const SMOOTHING = 0.977;

export class SeatDemand {
  readonly #nowMs: () => number;
  #value = 0;
  #sinceMs: number;
  #startMs: number;
  #sum = 0;
  #squares = 0;
  #max = 0;
  average = 0;
  deviation = 0;
  highWatermark = 0;
  smoothed = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#sinceMs = this.#startMs = nowMs();
  }

  set(value: number): void {
    this.#integrate();
    this.#value = value;
    if (value > this.#max) this.#max = value;
  }

  /** Ends a period. */
  close(): void {
    this.#integrate();
    const lengthMs = this.#sinceMs - this.#startMs;
    this.highWatermark = Math.round(this.#max);
    if (lengthMs > 0) {
      this.average = this.#sum / lengthMs;
      this.deviation = Math.sqrt(Math.max(0, this.#squares / lengthMs - this.average ** 2));
      const envelope = this.average + this.deviation;
      this.smoothed = Math.max(envelope, SMOOTHING * this.smoothed + (1 - SMOOTHING) * envelope);
    }
    this.#startMs = this.#sinceMs;
    this.#sum = this.#squares = 0;
    this.#max = this.#value;
  }

  #integrate(): void {
    const nowMs = this.#nowMs();
    const passedMs = nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
    this.#sum += this.#value * passedMs;
    this.#squares += this.#value ** 2 * passedMs;
  }
}
