/** One measured number. `p50` and `p99` are latencies in milliseconds. */
export interface Figure {
  name: string;
  unit: string;
  value: number;
  p50?: number;
  p99?: number;
}

/** What is to be reached on a machine of two cores; the bench only shows it. */
const GOALS: Readonly<Record<string, { least?: number; most?: number }>> = {
  "create, 16 clients": { least: 1_300 },
  "get, 16 clients": { least: 2_000 },
  "list of 10,000": { most: 150 },
  "list of 10,000: first byte": { most: 10 },
  "watch events to 100 watchers": { least: 25_000 },
  "pod created to Running beyond bare CRI": { most: 150 },
  "rows per create of a ConfigMap": { most: 4 },
  "rows per Pod of a ReplicaSet, creation to Running": { most: 30 },
  "cluster creation": { most: 50 },
  "wake-up of a sleeping cluster": { most: 20 },
  "control plane with 1,000 pods: resident memory": { most: 120 },
  "agent: resident memory": { most: 90 },
  "idle cluster: evicted after": { most: 15 },
  "idle cluster: files written in the quiet time": { most: 0 },
  "Worker's bundle, compressed": { most: 1_500 },
  "start-up CPU of the script": { most: 150 },
  "definition created to served": { most: 20 },
  "definition created to served, many of 23 KB": { most: 20 },
};

export function table(figures: readonly Figure[]): string {
  const rows = [["figure", "value", "unit", "p50 ms", "p99 ms", "goal", ""], ...figures.map(rowOf)];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, i) => (i === 0 || i === 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ").trimEnd()).join("\n");
}

function rowOf({ name, unit, value, p50, p99 }: Figure): string[] {
  const goal = GOALS[name];
  const met = !goal || ((goal.least === undefined || value >= goal.least) && (goal.most === undefined || value <= goal.most));
  const text = !goal ? "" : goal.least !== undefined ? `≥ ${shown(goal.least)}` : `≤ ${shown(goal.most!)}`;
  return [name, shown(value), unit, p50 === undefined ? "" : shown(p50), p99 === undefined ? "" : shown(p99), text, met ? "" : "missed"];
}

function shown(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toFixed(value >= 10 ? 1 : 2);
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);
