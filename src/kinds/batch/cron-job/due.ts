import type { CronJob } from "../../types/batch-v1.generated.ts";
import { parseTime } from "../../values/time.ts";
import type { Schedule } from "./schedule.ts";

export interface Due {
  /** The latest time that has come since the last one that was dealt with. */
  atMs: number | undefined;
  /** Times that came before it: at least so many. */
  missed: number;
  nextMs: number | undefined;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WINDOWS_MS: readonly number[] = [HOUR_MS, DAY_MS, 31 * DAY_MS, 366 * DAY_MS];
/** Upstream's limit, beyond which it says that something is wrong. */
export const MISSED_MAX = 100;

export function findDue({ metadata, spec, status }: CronJob, schedule: Schedule, zone: string, nowMs: number): Due {
  const last = parseTime(status?.lastScheduleTime ?? metadata.creationTimestamp!);
  const deadlineMs = spec.startingDeadlineSeconds == null ? -Infinity : nowMs - Number(spec.startingDeadlineSeconds) * 1000;
  const sinceMs = Math.max(last, deadlineMs);
  if (schedule.everyMs !== undefined) return everyDue(last, sinceMs, schedule.everyMs, nowMs);
  const nextMs = schedule.next(nowMs, zone);
  const first = schedule.next(sinceMs, zone);
  if (first === undefined || first > nowMs) return { atMs: undefined, missed: 0, nextMs };
  let atMs = first;
  let missed = 0;
  for (let ms = schedule.next(latestStart(schedule, zone, first, nowMs), zone); ms !== undefined && ms <= nowMs; ms = schedule.next(ms, zone)) {
    if (ms > atMs) missed++;
    atMs = ms;
    // A thick schedule after a long sleep: how many exactly is of no matter.
    if (missed > MISSED_MAX) break;
  }
  return { atMs: missed > MISSED_MAX ? latest(schedule, zone, nowMs, atMs) : atMs, missed, nextMs };
}

/** Near enough to now that few times lie between, so that weeks of sleep are not counted minute by minute. */
function latestStart(schedule: Schedule, zone: string, firstMs: number, nowMs: number): number {
  for (const window of WINDOWS_MS) {
    const fromMs = nowMs - window;
    if (fromMs <= firstMs) return firstMs;
    const next = schedule.next(fromMs, zone);
    if (next !== undefined && next <= nowMs) return window === HOUR_MS ? Math.max(firstMs, fromMs - 2 * HOUR_MS) : fromMs;
  }
  return firstMs;
}

function latest(schedule: Schedule, zone: string, nowMs: number, fromMs: number): number {
  let atMs = fromMs;
  const start = Math.max(fromMs, nowMs - HOUR_MS);
  for (let ms = schedule.next(start, zone); ms !== undefined && ms <= nowMs; ms = schedule.next(ms, zone)) atMs = ms;
  return atMs;
}

function everyDue(lastMs: number, sinceMs: number, everyMs: number, nowMs: number): Due {
  const rounds = Math.floor((nowMs - lastMs) / everyMs);
  const atMs = lastMs + rounds * everyMs;
  const due = rounds > 0 && atMs >= sinceMs;
  return { atMs: due ? atMs : undefined, missed: due ? rounds - 1 : 0, nextMs: lastMs + (rounds + 1) * everyMs };
}
