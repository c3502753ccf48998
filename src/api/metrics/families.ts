/**
 * Metric families in Prometheus' text format. Series are few by their nature or bounded by number: names in labels can come
 * from clients. All is memory of one Cluster, so counters begin anew when it wakes, which is what counters may do.
 */
const SERIES_MAX = 2_000;

export interface Family { text(): string }

interface Head { name: string; help: string; labels: readonly string[] }

/** A counter or a gauge. */
export class Numbers implements Family {
  readonly #head: Head & { type: "counter" | "gauge" };
  readonly #series = new Map<string, { labels: string; value: number }>();

  constructor(head: Head & { type: "counter" | "gauge" }) {
    this.#head = head;
  }

  add(by: number, ...values: readonly string[]): void {
    this.of(...values).value += by;
  }

  set(to: number, ...values: readonly string[]): void {
    this.of(...values).value = to;
  }

  /** One series, to be kept by whoever counts often. What is one too many counts for nothing. */
  of(...values: readonly string[]): { value: number } {
    const key = values.join("\u0000");
    const known = this.#series.get(key);
    if (known) return known;
    const made = { labels: labelsText(this.#head.labels, values), value: 0 };
    if (this.#series.size < SERIES_MAX) this.#series.set(key, made);
    return made;
  }

  text(): string {
    return head(this.#head, this.#head.type) + Array.from(this.#series.values(), ({ labels, value }) => `${this.#head.name}${braces(labels)} ${value}\n`).join("");
  }
}

export class Histograms implements Family {
  readonly #head: Head & { buckets: readonly number[] };
  readonly #series = new Map<string, Histogram>();

  constructor(head: Head & { buckets: readonly number[] }) {
    this.#head = head;
  }

  observe(value: number, ...values: readonly string[]): void {
    this.of(...values).observe(value);
  }

  of(...values: readonly string[]): Histogram {
    const key = values.join("\u0000");
    const known = this.#series.get(key);
    if (known) return known;
    const made = new Histogram(this.#head.buckets, labelsText(this.#head.labels, values));
    if (this.#series.size < SERIES_MAX) this.#series.set(key, made);
    return made;
  }

  text(): string {
    return head(this.#head, "histogram") + Array.from(this.#series.values(), (series) => series.text(this.#head.name)).join("");
  }
}

export class Histogram {
  readonly #bounds: readonly number[];
  readonly #labels: string;
  readonly #counts: number[];
  #count = 0;
  #sum = 0;

  constructor(bounds: readonly number[], labels: string) {
    this.#bounds = bounds;
    this.#labels = labels;
    this.#counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.#count++;
    this.#sum += value;
    for (let i = 0; i < this.#bounds.length; i++) {
      if (value > this.#bounds[i]!) continue;
      this.#counts[i]!++;
      return;
    }
  }

  text(name: string): string {
    const prefix = this.#labels ? `${this.#labels},` : "";
    let upTo = 0;
    const buckets = this.#bounds.map((bound, i) => `${name}_bucket{${prefix}le="${bound}"} ${(upTo += this.#counts[i]!)}\n`);
    return `${buckets.join("")}${name}_bucket{${prefix}le="+Inf"} ${this.#count}\n${name}_sum${braces(this.#labels)} ${this.#sum}\n${name}_count${braces(this.#labels)} ${this.#count}\n`;
  }
}

/** Numbers that are known when they are asked for. */
export function gauges(name: string, help: string, labels: readonly string[], values: Iterable<readonly [number, ...string[]]>, type: "gauge" | "counter" = "gauge"): string {
  const numbers = new Numbers({ name, help, labels, type });
  for (const [value, ...of] of values) numbers.set(value, ...of);
  return numbers.text();
}

const head = ({ name, help }: Head, type: string): string => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
const braces = (labels: string): string => (labels ? `{${labels}}` : "");

function labelsText(names: readonly string[], values: readonly string[]): string {
  return names.map((name, i) => `${name}="${escaped(values[i] ?? "")}"`).join(",");
}

const escaped = (text: string): string => (/["\\\n]/.test(text) ? text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n") : text);
