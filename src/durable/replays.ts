import { tooManyRequests, type Subject } from "../lib/errors.ts";
import { Suspended, type Outbound, type OutboundAnswer, type OutboundCall } from "../lib/outbound.ts";
import { Replay, type Draws } from "./replay.ts";

/**
 * The door out of the synchronous machinery. Work that needs answers from outside is suspended, the calls are made while
 * others run, and the work is run again (`replay.ts`). Requests wait for that in memory, as their clients do. A controller's
 * key waits in the durable queue; its calls start when that is committed, and lost ones are made again.
 */
export interface ReplaysOptions extends Draws {
  outbound: Outbound;
  /** Makes a suspended key due: its answers are in. */
  resume(controller: string, key: string): void;
}

/** Longer than any call may take. */
export const SUSPENDED_MS_MAX = 40_000;
/**
 * What all that is suspended may hold of questions and answers. Beyond the first, keys of controllers that are suspended
 * already are not looked at for a while; beyond the second, requests that would have to ask are refused.
 */
const HELD_BY_KEYS_MAX = 16_000_000;
const HELD_MAX = 48_000_000;
const CROWDED_MS = 5_000;
const CALLS_AT_ONCE = 200;

interface SuspendedKey { controller: string; key: string; replay: Replay; isWaiting: boolean }

export class Replays {
  readonly #options: ReplaysOptions;
  readonly #keys = new Map<string, SuspendedKey>();
  #starting: SuspendedKey[] = [];
  readonly #weights = new Map<Replay, number>();
  #held = 0;
  #current: Replay | undefined;
  #calls = 0;
  readonly #queued: (() => void)[] = [];

  constructor(options: ReplaysOptions) { this.#options = options; }

  // RegistryHost: of the run that is under way, if any.
  nowMs(): number { return this.#current ? this.#current.nowMs() : this.#options.nowMs(); }
  random(): number { return this.#current ? this.#current.random() : this.#options.random(); }
  uuid(of?: string): string { return this.#current ? this.#current.uuid(of) : this.#options.uuid(); }
  get isRepeated(): boolean { return this.#current?.isRepeated ?? false; }
  answers(calls: readonly OutboundCall[]): OutboundAnswer[] {
    if (this.#current) return this.#current.answers(calls);
    throw new Suspended(calls);
  }
  answersIfKnown(calls: readonly OutboundCall[], about: object): OutboundAnswer[] | undefined {
    if (this.#current) return this.#current.answersIfKnown(calls, about);
    throw new Suspended(calls);
  }

  /** `attempt` runs what it is given exactly once, in whatever transaction it likes, and is called anew until no answer is missing. */
  async complete<R>(subject: Subject, attempt: (within: Within) => R | Promise<R>): Promise<R> {
    const replay = new Replay(this.#options, subject);
    const within: Within = (work) => this.#run(replay, work);
    try {
      for (;;) {
        try {
          return await attempt(within);
        } catch (error) {
          if (!(error instanceof Suspended)) throw error;
        }
        if (this.#weigh(replay) > HELD_MAX) throw tooManyRequests("too many requests are waiting for webhooks, please try again later", 1);
        await replay.answer((call) => this.call(call));
        this.#weigh(replay);
      }
    } finally {
      this.#drop(replay);
    }
  }

  /** One run of a piece of work that cannot wait. */
  once<R>(work: () => R): R {
    return this.#run(new Replay(this.#options, { group: "", resource: "" }), work);
  }

  /** For how long the key need not be looked at, because calls for it are under way or because there is no room for more. */
  waitMs(controller: string, key: string): number | undefined {
    if (this.#keys.size === 0) return undefined;
    const known = this.#keys.get(idOf(controller, key));
    if (known) return known.isWaiting ? SUSPENDED_MS_MAX : undefined;
    if (this.#held <= HELD_BY_KEYS_MAX) return undefined;
    for (const waiting of this.#keys.values()) if (waiting.controller === controller) return CROWDED_MS;
    return undefined;
  }

  /** A reconcile, in its savepoint. Throws Suspended when the key has to wait for answers; they are asked for by `start`. */
  reconcile<R>(controller: string, key: string, work: () => R): R {
    const id = idOf(controller, key);
    const known = this.#keys.size > 0 ? this.#keys.get(id) : undefined;
    const replay = known?.replay ?? new Replay(this.#options, { group: "", resource: controller, name: key });
    try {
      const result = this.#run(replay, work);
      if (known) this.#forget(id);
      return result;
    } catch (error) {
      if (known) this.#forget(id);
      if (error instanceof Suspended) this.#suspend(id, { controller, key, replay, isWaiting: true });
      throw error;
    }
  }

  /** After the commit: the queue knows who waits. */
  start(): void {
    for (const waiting of this.#starting.splice(0)) void this.#answer(waiting);
  }

  /** The commit failed, and the queue is as it was before. */
  drop(): void {
    for (const { controller, key } of this.#starting.splice(0)) this.#forget(idOf(controller, key));
  }

  /** One call, never rejecting. */
  async call(call: OutboundCall): Promise<OutboundAnswer> {
    if (this.#calls >= CALLS_AT_ONCE) await new Promise<void>((resolve) => this.#queued.push(resolve));
    this.#calls++;
    const startMs = this.#options.nowMs();
    const { answered, ...plain } = call;
    const answer = await this.#options.outbound(plain).catch((error: unknown): OutboundAnswer => ({ error: (error as Error).message }));
    this.#calls--;
    this.#queued.shift()?.();
    answered?.(answer, this.#options.nowMs() - startMs);
    return answer;
  }

  #run<R>(replay: Replay, work: () => R): R {
    const before = this.#current;
    this.#current = replay;
    try {
      return replay.run(work);
    } finally {
      this.#current = before;
    }
  }

  #suspend(id: string, waiting: SuspendedKey): void {
    this.#keys.set(id, waiting);
    this.#weigh(waiting.replay);
    this.#starting.push(waiting);
  }

  #forget(id: string): void {
    const known = this.#keys.get(id);
    if (known) this.#drop(known.replay);
    this.#keys.delete(id);
  }

  /** Returns what all hold together. */
  #weigh(replay: Replay): number {
    const { characters } = replay;
    this.#held += characters - (this.#weights.get(replay) ?? 0);
    this.#weights.set(replay, characters);
    return this.#held;
  }

  #drop(replay: Replay): void {
    if (this.#weights.size === 0) return;
    this.#held -= this.#weights.get(replay) ?? 0;
    this.#weights.delete(replay);
  }

  async #answer(waiting: SuspendedKey): Promise<void> {
    await waiting.replay.answer((call) => this.call(call));
    if (this.#weights.has(waiting.replay)) this.#weigh(waiting.replay);
    waiting.isWaiting = false;
    this.#options.resume(waiting.controller, waiting.key);
  }
}

export type Within = <R>(work: () => R) => R;

const idOf = (controller: string, key: string): string => `${controller}\0${key}`;
