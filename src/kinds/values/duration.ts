/** Go's time.Duration as text ("1h30m"), and the short form in which kubectl shows ages. */
const unitsMs: Record<string, number> = { ns: 1e-6, us: 1e-3, "µs": 1e-3, "μs": 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds, with fractions for shorter units. Throws with Go's text. */
export function parseDuration(text: string): number {
  const quoted = JSON.stringify(text);
  const negative = text.startsWith("-");
  const body = negative || text.startsWith("+") ? text.slice(1) : text;
  if (body === "0") return 0;
  if (body === "" || body.length > 100) throw new Error(`time: invalid duration ${quoted}`);
  let rest = body;
  let totalMs = 0;
  while (rest !== "") {
    const match = /^(\d+\.?\d*|\.\d+)([^\d.]*)/.exec(rest);
    if (!match) throw new Error(`time: invalid duration ${quoted}`);
    if (match[2] === "") throw new Error(`time: missing unit in duration ${quoted}`);
    const unit = unitsMs[match[2]!];
    if (unit === undefined) throw new Error(`time: unknown unit ${JSON.stringify(match[2])} in duration ${quoted}`);
    totalMs += Number(match[1]) * unit;
    rest = rest.slice(match[0].length);
  }
  if (totalMs > 9_223_372_036_854.775) throw new Error(`time: invalid duration ${quoted}`);
  return negative ? -totalMs : totalMs;
}

/** As Go prints a Duration: "1h0m0s", "1.5s", "20ms". */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  const sign = ms < 0 ? "-" : "";
  const nanos = Math.round(Math.abs(ms) * 1e6);
  if (nanos < 1e3) return `${sign}${nanos}ns`;
  if (nanos < 1e6) return `${sign}${nanos / 1e3}µs`;
  if (nanos < 1e9) return `${sign}${nanos / 1e6}ms`;
  const hours = Math.floor(nanos / 3.6e12);
  const minutes = Math.floor((nanos % 3.6e12) / 6e10);
  const seconds = Number(((nanos % 6e10) / 1e9).toFixed(9));
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}s` : `${sign}${seconds}s`;
}

/** Age as kubectl shows it (apimachinery's HumanDuration): two units at most, coarser with age. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return pair(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return pair(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 24 * 8) return pair(days, "d", hours % 24, "h");
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.trunc(days / 365);
  return hours < 24 * 365 * 8 ? pair(years, "y", days % 365, "d") : `${years}y`;
}

const pair = (high: number, highUnit: string, low: number, lowUnit: string): string =>
  low === 0 ? `${high}${highUnit}` : `${high}${highUnit}${low}${lowUnit}`;
