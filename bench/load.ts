import { Connection } from "./connection.ts";
import { percentile } from "./figure.ts";
import type { Target } from "./target.ts";

export interface LoadResult { count: number; perSecond: number; p50: number; p99: number }

export async function openConnections(target: Target, count: number): Promise<Connection[]> {
  const connections: Connection[] = [];
  for (let opened = 0; opened < count; opened += 50) { // a thousand handshakes at once only wait for each other
    connections.push(...await Promise.all(Array.from({ length: Math.min(50, count - opened) }, () => Connection.open(target.origin, target.caPem, target.token))));
  }
  return connections;
}

/**
 * Every connection does one operation after the other, until `count` are done or the time is over. An unexpected status
 * ends the run, since a figure over failures means nothing.
 */
export async function load(connections: readonly Connection[], options: {
  ms: number;
  count?: number;
  operate(connection: Connection, i: number): Promise<{ status: number; body: Buffer }>;
  expect: number;
}): Promise<LoadResult> {
  const latencies: number[] = [];
  const begun = performance.now();
  let next = 0;
  await Promise.all(connections.map(async (connection) => {
    while (performance.now() - begun < options.ms && next < (options.count ?? Infinity)) {
      const i = next++;
      const started = performance.now();
      const { status, body } = await options.operate(connection, i);
      latencies.push(performance.now() - started);
      if (status !== options.expect) throw new Error(`expected ${options.expect}, got ${status}: ${body.toString("utf8").slice(0, 500)}`);
    }
  }));
  const seconds = (performance.now() - begun) / 1000;
  return { count: latencies.length, perSecond: latencies.length / seconds, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
}
