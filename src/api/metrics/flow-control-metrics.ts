import type { FlowControl, FlowControlObserver, Seat } from "../flow-control/flow-control.ts";
import type { PriorityLevel } from "../flow-control/priority-level.ts";
import { gauges, Histograms, Numbers, type Histogram } from "./families.ts";

interface Series { dispatched: { value: number }; seats: Histogram; waits: Histogram; executions: Histogram }

const OF_FLOW = ["priority_level", "flow_schema"];
const SECONDS = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
const name = (text: string) => `apiserver_flowcontrol_${text}`;

/** Priority and fairness under upstream's names. */
export class FlowControlMetrics implements FlowControlObserver {
  readonly #dispatched = new Numbers({ type: "counter", name: name("dispatched_requests_total"), help: "Requests that were let in.", labels: OF_FLOW });
  readonly #rejected = new Numbers({ type: "counter", name: name("rejected_requests_total"), help: "Requests that were refused.", labels: [...OF_FLOW, "reason"] });
  readonly #waits = new Histograms({ name: name("request_wait_duration_seconds"), help: "Time that requests waited in their queue.", labels: [...OF_FLOW, "execute"], buckets: SECONDS });
  readonly #executions = new Histograms({ name: name("request_execution_seconds"), help: "Time that requests held their seats.", labels: [...OF_FLOW, "type"], buckets: SECONDS });
  readonly #seats = new Histograms({ name: name("work_estimated_seats"), help: "Seats that requests were estimated to need.", labels: OF_FLOW, buckets: [1, 2, 4, 8, 16, 32, 64, 100] });

  /** By what was made of a FlowSchema: anew after each change of the configuration. */
  readonly #series = new WeakMap<Seat["schema"], Series>();

  entered({ level, schema }: Seat, seats: number): void {
    const series = this.#seriesOf(level, schema);
    series.dispatched.value++;
    series.seats.observe(seats);
  }

  refused(level: string, schema: string, reason: string): void {
    this.#rejected.add(1, level, schema, reason);
  }

  /** When a seat is given back. */
  left({ level, schema, waitedMs }: Seat, executedMs: number): void {
    const series = this.#seriesOf(level, schema);
    if (!level.exempt) series.waits.observe(waitedMs / 1000);
    series.executions.observe(executedMs / 1000);
  }

  #seriesOf(level: PriorityLevel, schema: Seat["schema"]): Series {
    let series = this.#series.get(schema);
    if (!series) {
      const of = [level.name, schema.name] as const;
      series = { dispatched: this.#dispatched.of(...of), seats: this.#seats.of(...of), waits: this.#waits.of(...of, "true"), executions: this.#executions.of(...of, "regular") };
      this.#series.set(schema, series);
    }
    return series;
  }

  text(control: FlowControl): string {
    const levels = control.levels().map(({ level }) => level);
    const perLevel = (text: string, help: string, value: (level: PriorityLevel) => number) =>
      gauges(name(text), help, ["priority_level"], levels.map((level) => [value(level), level.name] as const));
    const perFlow = (text: string, help: string, executing: boolean, seats: boolean) => gauges(name(text), help, OF_FLOW, flows(levels, executing, seats));
    return [
      ...[this.#dispatched, this.#rejected, this.#waits, this.#executions, this.#seats].map((family) => family.text()),
      perLevel("nominal_limit_seats", "Seats by shares alone.", (level) => level.limits.nominal),
      perLevel("lower_limit_seats", "Seats that are never lent.", (level) => level.limits.min),
      perLevel("upper_limit_seats", "Seats with all that may be borrowed.", (level) => level.limits.max),
      perLevel("current_limit_seats", "Seats at present.", (level) => level.current),
      perLevel("request_concurrency_limit", "Seats by shares alone, under its old name.", (level) => level.limits.nominal),
      perLevel("demand_seats_high_watermark", "Most seats that were wanted in the last period.", (level) => level.demand.highWatermark),
      perLevel("demand_seats_average", "Seats that were wanted on average in the last period.", (level) => level.demand.average),
      perLevel("demand_seats_stdev", "Their standard deviation.", (level) => level.demand.deviation),
      perLevel("demand_seats_smoothed", "Seats that were wanted of late.", (level) => level.demand.smoothed),
      perFlow("current_inqueue_requests", "Requests that wait.", false, false),
      perFlow("current_inqueue_seats", "Seats that they wait for.", false, true),
      perFlow("current_executing_requests", "Requests that are being served.", true, false),
      perFlow("current_executing_seats", "Seats that they hold.", true, true),
    ].join("");
  }
}

function* flows(levels: readonly PriorityLevel[], executing: boolean, seats: boolean): Generator<readonly [number, string, string]> {
  for (const { name: level, queues } of levels) {
    const sums = new Map<string, number>();
    const add = (requests: Iterable<{ schema: string; seats: number }>) => {
      for (const request of requests) sums.set(request.schema, (sums.get(request.schema) ?? 0) + (seats ? request.seats : 1));
    };
    if (executing) add(queues.queueless);
    for (const queue of queues.queues) add(executing ? queue.executing : queue.waiting);
    for (const [schema, sum] of sums) yield [sum, level, schema];
  }
}
