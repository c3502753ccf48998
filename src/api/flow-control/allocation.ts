/** What a priority level may have of the server's seats, and would like to have. */
export interface Claim { low: number; high: number; target: number }

const TARGET_MIN = 0.001;
const STEPS = 60;

/**
 * Shares `sum` among claims: each gets the same multiple of its target, within its bounds. The multiple is found by
 * bisection, since what is handed out grows with it. Where the bounds leave no choice, they are what is given.
 */
export function allocate(sum: number, claims: readonly Claim[]): { seats: number[]; fairFraction: number } {
  const at = (fraction: number) => claims.map(({ low, high, target }) => Math.max(low, Math.min(high, fraction * Math.max(target, TARGET_MIN))));
  const total = (fraction: number) => at(fraction).reduce((all, seats) => all + seats, 0);
  let low = 0;
  let high = claims.reduce((most, claim) => Math.max(most, claim.high / Math.max(claim.target, TARGET_MIN)), 0);
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (total(middle) < sum) low = middle;
    else high = middle;
  }
  return { seats: at(high), fairFraction: high };
}
