import type { PriorityLevelConfiguration } from "../../kinds/types/flowcontrol-v1.generated.ts";
import { QueueSet, type QueueSetOptions } from "./queue-set.ts";
import { RetryAfter } from "./retry-after.ts";
import { SeatDemand } from "./seat-demand.ts";

/** What of a level's share the others may have, and what it may have of theirs: upstream's nominalCL, minCL and maxCL. */
export interface Limits { nominal: number; min: number; max: number }

/** A priority level at work; it outlives changes of its configuration. */
export class PriorityLevel {
  readonly name: string;
  uid = "";
  exempt = false;
  shares = 0;
  limits: Limits = { nominal: 0, min: 0, max: 0 };
  /** Seats it may use now, borrowed ones included. */
  current = 0;
  /** The most that one request may take. */
  seatsMax = 1;
  dispatched = 0;
  rejected = 0;
  timedOut = 0;
  readonly queues: QueueSet;
  readonly demand: SeatDemand;
  readonly retryAfter = new RetryAfter();
  #configuration: PriorityLevelConfiguration["spec"];

  constructor(name: string, nowMs: () => number) {
    this.name = name;
    this.demand = new SeatDemand(nowMs);
    this.queues = new QueueSet({ queues: 0, handSize: 0, queueLengthLimit: 0 }, { nowMs, demand: (seats) => this.demand.set(seats) });
  }

  get queueing(): boolean { return this.#configuration?.limited?.limitResponse?.type === "Queue"; }

  configure({ metadata, spec }: PriorityLevelConfiguration): void {
    this.uid = metadata.uid ?? "";
    this.#configuration = spec;
    this.exempt = spec?.type === "Exempt";
    this.shares = (this.exempt ? spec?.exempt?.nominalConcurrencyShares : spec?.limited?.nominalConcurrencyShares) ?? (this.exempt ? 0 : 30);
    this.queues.configure(this.#queueOptions());
  }

  /** `seats`: those of the whole server; `shares`: of all levels together. */
  share(seats: number, shares: number): void {
    const { lendablePercent = 0, borrowingLimitPercent } = { ...this.#configuration?.exempt, ...this.#configuration?.limited };
    const nominal = shares > 0 ? Math.ceil(seats * this.shares / shares) : 0;
    const lendable = Math.round(nominal * (lendablePercent ?? 0) / 100);
    const borrowing = borrowingLimitPercent === undefined || borrowingLimitPercent === null ? seats : Math.round(nominal * borrowingLimitPercent / 100);
    const known = this.limits.nominal > 0 || this.limits.max > 0;
    this.limits = { nominal, min: nominal - lendable, max: nominal + borrowing };
    if (!known) this.current = nominal - Math.floor(lendable / 2);
    const { handSize } = this.#queueOptions();
    this.seatsMax = handSize > 0 ? Math.max(1, Math.min(Math.ceil(nominal * SEATS_OF_LEVEL), Math.floor(nominal / handSize))) : SEATS_MAX;
  }

  limit(seats: number): void {
    this.current = seats;
    this.queues.setLimit(this.exempt ? Infinity : seats);
  }

  #queueOptions(): QueueSetOptions {
    const queuing = this.queueing ? this.#configuration?.limited?.limitResponse?.queuing : undefined;
    return { queues: queuing?.queues ?? 0, handSize: queuing?.handSize ?? 0, queueLengthLimit: queuing?.queueLengthLimit ?? 0 };
  }
}

const SEATS_OF_LEVEL = 0.15;
export const SEATS_MAX = 10;
