/** Requests by verb, resource group and code, under upstream's names; bounded, since names come from clients. */
const SERIES_MAX = 2000;
const requests = new Map<string, number>();
const SECONDS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 5, 10];
const durations = { buckets: SECONDS.map(() => 0), count: 0, sum: 0 };

export function countRequest(method: string, route: string, code: number, seconds: number): void {
  const series = `code="${code}",route="${route}",verb="${method}"`;
  if (requests.has(series) || requests.size < SERIES_MAX) requests.set(series, (requests.get(series) ?? 0) + 1);
  durations.count++;
  durations.sum += seconds;
  SECONDS.forEach((bound, i) => { if (seconds <= bound) durations.buckets[i]!++; });
}

export function metricsText(): string {
  const name = "apiserver_request_duration_seconds";
  return [
    "# HELP apiserver_request_total Requests answered by this Worker isolate.",
    "# TYPE apiserver_request_total counter",
    ...[...requests].map(([series, count]) => `apiserver_request_total{${series}} ${count}`),
    `# HELP ${name} Time until an answer's head, in seconds.`,
    `# TYPE ${name} histogram`,
    ...SECONDS.map((bound, i) => `${name}_bucket{le="${bound}"} ${durations.buckets[i]}`),
    `${name}_bucket{le="+Inf"} ${durations.count}`,
    `${name}_sum ${durations.sum}`,
    `${name}_count ${durations.count}`,
    "",
  ].join("\n");
}
