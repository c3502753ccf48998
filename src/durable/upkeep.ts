import type { Hub } from "./hub.ts";
import type { Log } from "./log.ts";
import { BACKSTOP_MS, type Nodes } from "./nodes.ts";
import type { SqlStore } from "./sql-store.ts";
import type { WorkQueue } from "./work-queue.ts";

/**
 * What a cluster does for itself when it is awake anyway (ends of watches, bookmarks, nodes that fell silent, compaction),
 * and the one alarm that wakes it for what is due. An idle cluster without nodes has no alarm.
 */
export interface UpkeepOptions {
  store: SqlStore;
  queue: WorkQueue;
  hub: Hub;
  nodes: Nodes;
  nowMs(): number;
  setAlarm(dueMs: number): void;
  /** With each look: closes sockets whose identity has expired. */
  tick(): void;
  nodeChanged(node: string): void;
  log: Log;
}

const COMPACT_INTERVAL_MS = 300_000;
/** A pass rides on a commit and must not keep requests waiting. */
const COMPACT_ROWS = 300;
const LOOK_INTERVAL_MS = 1_000;
/** While work is being done the alarm is only there for the case that this object dies. */
const CRASH_ALARM_MS = 2_000;

export class Upkeep {
  readonly #options: UpkeepOptions;
  #alarmMs: number | undefined;
  #lastCompactionMs = 0;
  #lastLookMs = 0;

  /** `alarmMs`: what the host's alarm is set to already. */
  constructor(options: UpkeepOptions, alarmMs?: number) {
    this.#options = options;
    this.#alarmMs = alarmMs;
  }

  /** The alarm has fired: there is none. */
  rang(): void {
    this.#alarmMs = undefined;
  }

  /** What is looked after whenever the cluster is awake for another reason, at most once a second. */
  look(): void {
    const { hub, nodes, tick, nodeChanged } = this.#options;
    const nowMs = this.#options.nowMs();
    if (nowMs - this.#lastLookMs < LOOK_INTERVAL_MS) return;
    this.#lastLookMs = nowMs;
    hub.tick();
    tick();
    for (const node of nodes.check()) nodeChanged(node);
  }

  /** After a commit. */
  compact(): void {
    const { store, log } = this.#options;
    const nowMs = this.#options.nowMs();
    if (nowMs - this.#lastCompactionMs < COMPACT_INTERVAL_MS) return;
    try {
      const more = store.compact({ nowMs, limit: COMPACT_ROWS });
      if (!more) this.#lastCompactionMs = nowMs;
    } catch (error) {
      this.#lastCompactionMs = nowMs;
      log("error", "compaction failed", { error });
    }
  }

  /** An alarm that is set for earlier than needed is left alone: waking once in vain costs less than a row each time. */
  arm(): void {
    const dueMs = this.#nextDueMs();
    if (dueMs === undefined || (this.#alarmMs !== undefined && this.#alarmMs <= dueMs)) return;
    this.#alarmMs = dueMs;
    this.#options.setAlarm(dueMs);
  }

  #nextDueMs(): number | undefined {
    const { queue, hub, nodes } = this.#options;
    const nowMs = this.#options.nowMs();
    if (queue.hasDue()) return nowMs + CRASH_ALARM_MS;
    const earliest = Math.min(queue.earliestDueMs() ?? Infinity, hub.earliestDeadlineMs() ?? Infinity);
    const backstopMs = nowMs + BACKSTOP_MS;
    const covered = this.#alarmMs !== undefined && this.#alarmMs <= backstopMs;
    if (earliest > backstopMs && !covered && nodes.connected) return backstopMs;
    return earliest === Infinity ? undefined : Math.max(earliest, nowMs + 1);
  }
}
