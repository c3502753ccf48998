const SECONDS_MAX = 32;

/**
 * How many seconds a refused client is told to wait: doubled while many are refused, lowered again by ones when few are.
 * As upstream's tracker of dropped requests.
 */
export class RetryAfter {
  #seconds = 1;
  #raisedSecond = 0;
  #second = 0;
  #count = 0;
  #history: { second: number; count: number }[] = [];

  /** One more was refused. Returns the seconds to tell. */
  refuse(nowMs: number): number {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#history.push({ second: this.#second, count: this.#count });
      this.#history = this.#history.filter((past) => second - past.second <= 2 * this.#seconds);
      this.#second = second;
      this.#count = 0;
      this.#adjust(second);
    }
    this.#count++;
    return this.#seconds;
  }

  #adjust(second: number): void {
    const refused = this.#history.filter((past) => second - past.second <= this.#seconds).reduce((sum, past) => sum + past.count, 0);
    if (second - this.#raisedSecond >= this.#seconds && refused >= 3 * this.#seconds) {
      this.#seconds = Math.min(this.#seconds * 2, SECONDS_MAX);
      this.#raisedSecond = second;
    } else if (refused < this.#seconds && this.#seconds > 1) this.#seconds--;
  }
}
