import { deal } from "./shuffle-sharding.ts";

/**
 * The queues of one priority level: fair queuing over virtual time, as upstream's queueset. A request takes seats while it
 * runs; when none are free it waits in the least loaded queue of its flow's hand, and the queue whose oldest request would
 * finish first in a world of equal shares goes next. Times are in seat-milliseconds.
 */
export interface QueueSetOptions {
  /** 0: requests are refused rather than queued. */
  queues: number;
  handSize: number;
  queueLengthLimit: number;
}

export type Refusal = "concurrency-limit" | "queue-full" | "time-out";

export interface Queued {
  readonly seats: number;
  readonly arrivalMs: number;
  /** When waiting is given up. */
  readonly deadlineMs: number;
  readonly schema: string;
  readonly flow: string;
  readonly user: string;
  /** For the debug tables: verb and path. */
  readonly about: string;
  startMs?: number;
  queue?: Queue;
  arrivalR: number;
  settle?(refusal?: Refusal): void;
}

export interface Queue { readonly index: number; waiting: Queued[]; executing: Set<Queued>; seatsWaiting: number; seatsInUse: number; nextDispatchR: number }

const ESTIMATED_MS = 3;

export class QueueSet {
  readonly #nowMs: () => number;
  readonly #demand: (seats: number) => void;
  #options: QueueSetOptions;
  #limit = 0;
  /** Only those in which something waits or runs, however many are configured; the one that was served last comes last. */
  readonly #active = new Map<number, Queue>();
  readonly #queueless = new Set<Queued>();
  #currentR = 0;
  #syncedMs: number;
  #enqueues = 0;
  waiting = 0;
  executing = 0;
  seatsInUse = 0;
  seatsWaiting = 0;

  constructor(options: QueueSetOptions, host: { nowMs(): number; demand(seats: number): void }) {
    this.#nowMs = () => host.nowMs();
    this.#demand = (seats) => host.demand(seats);
    this.#syncedMs = host.nowMs();
    this.#options = options;
  }

  get queues(): Iterable<Queue> { return this.#active.values(); }
  get queueless(): ReadonlySet<Queued> { return this.#queueless; }
  get limit(): number { return this.#limit; }
  get idle(): boolean { return this.waiting === 0 && this.executing === 0; }

  /** Queues that are no longer dealt go on until they are empty. */
  configure(options: QueueSetOptions): void {
    this.#options = options;
  }

  setLimit(limit: number): void {
    this.#sync();
    this.#limit = limit;
    this.#dispatch();
  }

  /** Runs it, or makes it wait (then `settle` will be called), or says why not. */
  start(request: Queued, hash: number): "run" | "wait" | Refusal {
    this.#sync();
    request.arrivalR = this.#currentR;
    if (this.#options.queues < 1) {
      if (!this.#fits(request.seats)) return "concurrency-limit";
      this.#queueless.add(request);
      this.#run(request);
      return "run";
    }
    const queue = this.#queueFor(hash);
    if (this.seatsInUse >= this.#limit && queue.waiting.length >= this.#options.queueLengthLimit) return "queue-full";
    this.#enqueue(request, queue);
    this.#dispatch();
    return request.startMs === undefined ? "wait" : "run";
  }

  finish(request: Queued): void {
    this.#sync();
    this.executing--;
    this.seatsInUse -= request.seats;
    const { queue } = request;
    if (queue) {
      queue.executing.delete(request);
      queue.seatsInUse -= request.seats;
      queue.nextDispatchR -= request.seats * (ESTIMATED_MS - (this.#nowMs() - request.startMs!));
      bound(queue);
      this.#forgetEmpty(queue);
    } else this.#queueless.delete(request);
    this.#tellDemand();
    this.#dispatch();
  }

  /** Gives up what has waited too long. */
  expire(nowMs: number): void {
    if (this.waiting === 0) return;
    this.#sync();
    for (const queue of [...this.#active.values()]) {
      const late = queue.waiting.filter((request) => request.deadlineMs <= nowMs);
      if (late.length === 0) continue;
      queue.waiting = queue.waiting.filter((request) => request.deadlineMs > nowMs);
      for (const request of late) {
        this.#leaves(request);
        request.settle?.("time-out");
      }
      bound(queue);
      this.#forgetEmpty(queue);
    }
    this.#tellDemand();
    this.#dispatch();
  }

  #queueFor(hash: number): Queue {
    const hand = deal(hash, this.#options.queues, this.#options.handSize);
    const offset = this.#enqueues++ % hand.length;
    let best: Queue | undefined;
    for (let i = 0; i < hand.length; i++) {
      const index = hand[(offset + i) % hand.length]!;
      const queue = this.#active.get(index) ?? { index, waiting: [], executing: new Set(), seatsWaiting: 0, seatsInUse: 0, nextDispatchR: 0 };
      if (!best || queue.seatsWaiting < best.seatsWaiting) best = queue;
    }
    return best!;
  }

  #enqueue(request: Queued, queue: Queue): void {
    if (queue.waiting.length === 0 && queue.executing.size === 0) {
      queue.nextDispatchR = this.#currentR;
      this.#active.set(queue.index, queue);
    }
    request.queue = queue;
    queue.waiting.push(request);
    queue.seatsWaiting += request.seats;
    this.waiting++;
    this.seatsWaiting += request.seats;
    bound(queue);
    this.#tellDemand();
  }

  #dispatch(): void {
    while (this.waiting > 0 && this.seatsInUse < this.#limit) {
      const queue = this.#next();
      if (!queue || !this.#fits(queue.waiting[0]!.seats)) return;
      const request = queue.waiting.shift()!;
      this.#leaves(request);
      queue.executing.add(request);
      queue.seatsInUse += request.seats;
      queue.nextDispatchR += request.seats * ESTIMATED_MS;
      bound(queue);
      this.#active.delete(queue.index);
      this.#active.set(queue.index, queue);
      this.#run(request);
      request.settle?.();
    }
  }

  #next(): Queue | undefined {
    let best: Queue | undefined;
    let least = Infinity;
    for (const queue of this.#active.values()) {
      const oldest = queue.waiting[0];
      if (!oldest) continue;
      const finishR = queue.nextDispatchR + oldest.seats * ESTIMATED_MS;
      if (finishR < least) [best, least] = [queue, finishR];
    }
    return best;
  }

  #run(request: Queued): void {
    request.startMs = this.#nowMs();
    this.executing++;
    this.seatsInUse += request.seats;
    this.#tellDemand();
  }

  #leaves(request: Queued): void {
    this.waiting--;
    this.seatsWaiting -= request.seats;
    request.queue!.seatsWaiting -= request.seats;
  }

  /** A request for more seats than there are runs alone. */
  #fits(seats: number): boolean {
    return seats > this.#limit ? this.executing === 0 && this.#limit > 0 : this.seatsInUse + seats <= this.#limit;
  }

  /** Virtual time goes on as fast as each active queue gets seats. */
  #sync(): void {
    const nowMs = this.#nowMs();
    const passedMs = nowMs - this.#syncedMs;
    this.#syncedMs = nowMs;
    if (passedMs <= 0 || this.idle) return;
    const active = this.#active.size;
    if (active > 0) this.#currentR += passedMs * Math.min(this.seatsInUse + this.seatsWaiting, this.#limit) / active;
  }

  #forgetEmpty(queue: Queue): void {
    if (queue.waiting.length === 0 && queue.executing.size === 0) this.#active.delete(queue.index);
  }

  #tellDemand(): void {
    this.#demand(this.seatsInUse + this.seatsWaiting);
  }
}

/** A queue must not save up for later what it did not use. */
function bound(queue: Queue): void {
  const oldest = queue.waiting[0];
  if (oldest && queue.nextDispatchR < oldest.arrivalR) queue.nextDispatchR = oldest.arrivalR;
}
