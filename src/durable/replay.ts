import { Suspended, type OutboundAnswer, type OutboundCall } from "../lib/outbound.ts";
import { conflict, timeout, type Subject } from "../lib/errors.ts";

/**
 * What one request or reconcile remembers from one run to the next: its time, what it drew at random, and the answers
 * that came from outside. So if the state has not changed meanwhile, the next run makes the same calls, finds their
 * answers, and goes on where the last one had to stop. If it has changed, the calls are others and are made anew: that is
 * the compare-and-swap.
 */
export interface Draws { nowMs(): number; random(): number; uuid(): string }

/** What one run may collect of bodies before it is stopped to have them answered. */
const WANTED_CHARACTERS_MAX = 8_000_000;
/** As often as upstream tries again when an object changed under a write. */
const CONFLICTS_MAX = 5;
const ROUNDS_MAX = 100;
const TIME_MS_MAX = 60_000;

export class Replay {
  readonly #host: Draws;
  readonly #subject: Subject;
  readonly #randoms: number[] = [];
  readonly #uuids: string[] = [];
  #uuidsOf: Map<string, string[]> | undefined;
  #answers: Map<string, OutboundAnswer> | undefined;
  #nowMs: number | undefined;
  #startMs: number | undefined;
  #rounds = 0;
  #conflicts = 0;
  // Of the present run:
  #random = 0;
  #uuid = 0;
  #seen: Map<string, number> | undefined;
  #used: Set<string> | undefined;
  #open: Set<object> | undefined;
  #wanted: Map<string, OutboundCall> | undefined;
  #wantedCharacters = 0;

  /** `subject`: what a conflict is told about. */
  constructor(host: Draws, subject: Subject) {
    this.#host = host;
    this.#subject = subject;
  }

  /** Stands still from the first run on. */
  nowMs(): number { return (this.#nowMs ??= this.#host.nowMs()); }
  random(): number { return (this.#randoms[this.#random++] ??= this.#host.random()); }

  /** With `of`: the same for the n-th time of the same text, whatever else was drawn before. */
  uuid(of?: string): string {
    if (of === undefined) return (this.#uuids[this.#uuid++] ??= this.#host.uuid());
    const n = this.#seen?.get(of) ?? 0;
    (this.#seen ??= new Map()).set(of, n + 1);
    const drawn = this.#uuidsOf?.get(of) ?? [];
    (this.#uuidsOf ??= new Map()).set(of, drawn);
    return (drawn[n] ??= this.#host.uuid());
  }

  /** Throws Suspended if one is missing. */
  answers(calls: readonly OutboundCall[]): OutboundAnswer[] {
    const known = this.#known(calls);
    if (known) return known;
    throw new Suspended(calls);
  }

  /** Undefined if one is missing: the run may go on, to see what else it needs, and is rolled back at its end. */
  answersIfKnown(calls: readonly OutboundCall[], about: object): OutboundAnswer[] | undefined {
    if (this.#open?.has(about)) return undefined;
    const known = this.#known(calls);
    if (known) return known;
    (this.#open ??= new Set()).add(about);
    if (this.#wantedCharacters <= WANTED_CHARACTERS_MAX) return undefined;
    throw new Suspended(calls);
  }

  /** Runs it from the start. Throws Suspended when answers are missing, whatever came of the run without them. */
  run<R>(work: () => R): R {
    this.#begin();
    let result: { value: R } | undefined;
    let failure: unknown;
    try {
      result = { value: work() };
    } catch (error) {
      failure = error;
    }
    if (this.#wanted) throw this.#suspension();
    if (!result) throw failure;
    return result.value;
  }

  get isRepeated(): boolean { return this.#rounds > 0; }

  /** What it holds of questions and answers. */
  get characters(): number {
    let sum = this.#wantedCharacters;
    for (const [key, answer] of this.#answers ?? []) sum += key.length + ("body" in answer ? answer.body.length : 0);
    return sum;
  }

  /** What the last run was missing, to be answered before the next. */
  async answer(call: (call: OutboundCall) => Promise<OutboundAnswer>): Promise<void> {
    const wanted = [...(this.#wanted ?? [])];
    const answers = (this.#answers ??= new Map());
    await Promise.all(wanted.map(async ([key, one]) => { answers.set(key, await call(one)); }));
  }

  #begin(): void {
    this.#random = this.#uuid = this.#wantedCharacters = 0;
    this.#seen?.clear();
    this.#used?.clear();
    this.#wanted = this.#open = undefined;
  }

  #known(calls: readonly OutboundCall[]): OutboundAnswer[] | undefined {
    const found: OutboundAnswer[] = [];
    for (const call of calls) {
      const key = keyOf(call);
      const answer = this.#answers?.get(key);
      if (answer) { found.push(answer); (this.#used ??= new Set()).add(key); } else this.#want(key, call);
    }
    return found.length === calls.length ? found : undefined;
  }

  #want(key: string, call: OutboundCall): void {
    (this.#wanted ??= new Map()).set(key, call);
    this.#wantedCharacters += key.length;
  }

  #suspension(): Error {
    this.#startMs ??= this.#host.nowMs();
    this.#dropUnused();
    if (++this.#rounds > ROUNDS_MAX || this.#host.nowMs() - this.#startMs > TIME_MS_MAX) return timeout("Timeout: request did not complete within the allotted timeout");
    if (this.#conflicts > CONFLICTS_MAX) return conflict(this.#subject);
    return new Suspended([...this.#wanted!.values()]);
  }

  /** An answer that a run had no use for is about a state that is no more. */
  #dropUnused(): void {
    let stale = false;
    for (const key of [...(this.#answers?.keys() ?? [])]) {
      if (this.#used?.has(key)) continue;
      this.#answers!.delete(key);
      stale = true;
    }
    if (stale) this.#conflicts++;
  }
}

const keyOf = ({ endpoint, method, query = "", body = "" }: OutboundCall): string => `${method} ${JSON.stringify(endpoint)} ${query}\n${body}`;
