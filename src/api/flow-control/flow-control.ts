import type { UserInfo } from "../../kinds/kind.ts";
import { CATCH_ALL, defaultFlowSchemas, defaultPriorityLevels, isMandatory } from "../../kinds/flowcontrol/default-configuration.ts";
import type { FlowSchema, PriorityLevelConfiguration } from "../../kinds/types/flowcontrol-v1.generated.ts";
import type { Asked } from "./asked.ts";
import { adjustLimits } from "./borrowing.ts";
import { compileSchemas, flowDistinguisher, type CompiledSchema } from "./classify.ts";
import { PriorityLevel } from "./priority-level.ts";
import type { Queued, Refusal } from "./queue-set.ts";
import { flowHash } from "./shuffle-sharding.ts";

/**
 * API Priority and Fairness of one cluster. A Cluster object has one thread, so what is in flight is what waits: writes
 * for the group commit, calls to webhooks, lists for their readers. Those hold seats; what finds none free waits in its
 * flow's queue or is refused with 429. A seat is given and taken back without a promise as long as nobody waits, so a
 * cluster with room to spare pays a few look-ups a request. All of it is memory, and begins empty at each wake-up.
 */
export interface FlowControlHost {
  nowMs(): number;
  pause(ms: number): Promise<void>;
  /** Read when first needed, and again after `changed`. */
  configuration(): { schemas: readonly FlowSchema[]; levels: readonly PriorityLevelConfiguration[] };
}

/**
 * Seats of the whole server: four turns of the group commit. More would only lengthen the line in which everybody, exempt
 * or not, stands behind everybody else.
 */
export const SERVER_SEATS = 256;
const ADJUST_INTERVAL_MS = 10_000;
/** A fourth of upstream's request timeout of a minute. */
const WAIT_MS = 15_000;
const WAIT_MS_MAX = 60_000;
/** Of all bodies that wait. */
const WAITING_BYTES_MAX = 32 * 1024 * 1024;

export interface Entry {
  user: UserInfo;
  asked: Asked;
  /** Asked once the level is known, and only where seats are counted. */
  seats(level: PriorityLevel): number;
  /** The request's own time, of which a fourth may be waited. */
  timeoutMs?: number;
  bytes: number;
  /** For the debug tables: verb and path. */
  about: string;
}

/** A request that was let in, or refused. `leave` gives the seats back; it may be called more than once. */
export interface Seat {
  readonly schema: CompiledSchema;
  readonly level: PriorityLevel;
  readonly refused?: { reason: Refusal; retryAfterSeconds: number };
  readonly waitedMs: number;
  leave(): void;
}

export interface FlowControlObserver {
  entered?(seat: Seat, seats: number): void;
  refused?(level: string, schema: string, reason: Refusal): void;
}

export class FlowControl {
  readonly #host: FlowControlHost;
  readonly #observer: FlowControlObserver;
  #schemas: CompiledSchema[] = [];
  #levels = new Map<string, PriorityLevel>();
  /** Levels that are gone, as long as they have requests. */
  #quiescing: PriorityLevel[] = [];
  #stale = true;
  #adjustedMs: number;
  #watching = false;
  #waitingBytes = 0;

  constructor(host: FlowControlHost, observer: FlowControlObserver = {}) {
    this.#host = host;
    this.#observer = observer;
    this.#adjustedMs = host.nowMs();
  }

  /** The configuration was written. */
  changed(): void {
    this.#stale = true;
  }

  /** By name; those that are gone and not yet done come last. */
  levels(): { level: PriorityLevel; quiescing: boolean }[] {
    this.#prepare();
    const byName = [...this.#levels.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return [...byName.map((level) => ({ level, quiescing: false })), ...this.#quiescing.map((level) => ({ level, quiescing: true }))];
  }

  /** At once, unless it has to wait. */
  enter(entry: Entry): Seat | Promise<Seat> {
    this.#prepare();
    const { schema, level } = this.#classify(entry);
    const nowMs = this.#host.nowMs();
    const request: Queued = {
      seats: level.exempt ? 1 : entry.seats(level), arrivalMs: nowMs, deadlineMs: nowMs + waitMs(entry), arrivalR: 0,
      schema: schema.name, flow: level.queueing ? flowDistinguisher(schema, entry.user, entry.asked) : "", user: entry.user.username, about: entry.about,
    };
    if (level.queues.waiting > 0 && this.#waitingBytes + entry.bytes > WAITING_BYTES_MAX) return this.#refuse(schema, level, "queue-full");
    const outcome = level.queues.start(request, level.queueing ? flowHash(schema.name, request.flow) : 0);
    if (outcome === "run") return this.#enter(schema, level, request);
    return outcome === "wait" ? this.#wait(schema, level, request, entry.bytes) : this.#refuse(schema, level, outcome);
  }

  #wait(schema: CompiledSchema, level: PriorityLevel, request: Queued, bytes: number): Promise<Seat> {
    this.#waitingBytes += bytes;
    void this.#watch();
    return new Promise((resolve) => {
      request.settle = (refusal) => {
        this.#waitingBytes -= bytes;
        resolve(refusal ? this.#refuse(schema, level, refusal) : this.#enter(schema, level, request));
      };
    });
  }

  #enter(schema: CompiledSchema, level: PriorityLevel, request: Queued): Seat {
    level.dispatched++;
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      level.queues.finish(request);
    };
    const seat: Seat = { schema, level, waitedMs: request.startMs! - request.arrivalMs, leave };
    this.#observer.entered?.(seat, request.seats);
    return seat;
  }

  #refuse(schema: CompiledSchema, level: PriorityLevel, reason: Refusal): Seat {
    level.rejected++;
    if (reason === "time-out") level.timedOut++;
    this.#observer.refused?.(level.name, schema.name, reason);
    return { schema, level, waitedMs: 0, refused: { reason, retryAfterSeconds: level.retryAfter.refuse(this.#host.nowMs()) }, leave: () => undefined };
  }

  #classify({ user, asked }: Entry): { schema: CompiledSchema; level: PriorityLevel } {
    const schema = this.#schemas.find((candidate) => candidate.matches(user, asked)) ?? this.#schemas.find(({ name }) => name === CATCH_ALL)!;
    return { schema, level: this.#levels.get(schema.level)! };
  }

  #prepare(): void {
    if (this.#stale) this.#configure();
    const nowMs = this.#host.nowMs();
    if (nowMs - this.#adjustedMs < ADJUST_INTERVAL_MS) return;
    this.#adjustedMs = nowMs;
    adjustLimits(this.#levels.values());
  }

  #configure(): void {
    const { schemas, levels } = this.#host.configuration();
    this.#stale = false;
    const known = this.#levels;
    this.#levels = new Map(withMandatory(levels, defaultPriorityLevels).map((configuration) => {
      const name = configuration.metadata.name!;
      const level = known.get(name) ?? new PriorityLevel(name, () => this.#host.nowMs());
      level.configure(configuration);
      return [name, level];
    }));
    this.#quiescing = [...known.values(), ...this.#quiescing].filter((level) => this.#levels.get(level.name) !== level && !level.queues.idle);
    const shares = [...this.#levels.values()].reduce((sum, level) => sum + level.shares, 0);
    for (const level of this.#levels.values()) level.share(SERVER_SEATS, shares);
    for (const level of this.#levels.values()) level.limit(Math.max(level.limits.min, Math.min(level.limits.max, level.current)));
    // A schema whose level does not exist is passed over.
    this.#schemas = compileSchemas(withMandatory(schemas, defaultFlowSchemas)).filter(({ level }) => this.#levels.has(level));
  }

  /** As long as requests wait: gives up late ones, and lends seats. */
  async #watch(): Promise<void> {
    if (this.#watching) return;
    this.#watching = true;
    try {
      while (this.#isWaiting()) {
        await this.#host.pause(1_000);
        this.#prepare();
        for (const level of this.#busy()) level.queues.expire(this.#host.nowMs());
      }
    } finally {
      this.#watching = false;
    }
  }

  #isWaiting(): boolean {
    return this.#busy().some((level) => level.queues.waiting > 0);
  }

  #busy(): PriorityLevel[] {
    return [...this.#levels.values(), ...this.#quiescing];
  }
}

/** Without the mandatory ones no request could be classified: until they are made again, they are imagined. */
function withMandatory<T extends { metadata: { name?: string } }>(found: readonly T[], defaults: readonly T[]): T[] {
  const names = new Set(found.map(({ metadata }) => metadata.name));
  return [...found, ...defaults.filter(({ metadata: { name } }) => isMandatory(name!) && !names.has(name))];
}

const waitMs = ({ timeoutMs }: Entry): number => (timeoutMs === undefined ? WAIT_MS : Math.min(timeoutMs / 4, WAIT_MS_MAX));
