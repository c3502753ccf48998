import { allocate } from "./allocation.ts";
import type { PriorityLevel } from "./priority-level.ts";

/**
 * Lends seats that some levels do not use to those that want more: each level's limit follows its demand of late, above
 * what it may not lend and below what it may borrow. As upstream's periodic adjustment.
 */
export function adjustLimits(levels: Iterable<PriorityLevel>): void {
  const all = [...levels];
  const limited = all.filter((level) => !level.exempt);
  let seats = all.reduce((sum, level) => sum + level.limits.nominal, 0);
  for (const level of all) {
    level.demand.close();
    if (!level.exempt) continue;
    const used = Math.max(level.limits.min, level.demand.highWatermark);
    seats -= used;
    level.limit(used);
  }
  const lows = limited.map(({ limits, demand }) => Math.max(limits.min, Math.min(limits.nominal, demand.highWatermark)));
  const wanted = sum(lows);
  const guaranteed = sum(limited.map(({ limits }) => limits.min));
  if (seats <= guaranteed) return limited.forEach((level) => level.limit(level.limits.min));
  if (seats <= wanted) {
    const fraction = (seats - guaranteed) / (wanted - guaranteed);
    return limited.forEach((level, i) => level.limit(level.limits.min + Math.round((lows[i]! - level.limits.min) * fraction)));
  }
  const given = allocate(seats, limited.map(({ limits, demand }, i) => ({ low: lows[i]!, high: limits.max, target: Math.max(lows[i]!, demand.smoothed) })));
  limited.forEach((level, i) => level.limit(Math.round(given.seats[i]!)));
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
