import type { AskedRequest } from "../flow-control/asked.ts";
import { Histograms, Numbers, type Histogram } from "./families.ts";

/** What was asked, in the words of upstream's labels. */
export interface MetricLabels {
  verb: string;
  dryRun: string;
  group: string;
  version: string;
  resource: string;
  subresource: string;
  scope: string;
}

const SECONDS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const SLI_SECONDS = SECONDS.slice(2);
const SIZES = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
const OF_RESOURCE = ["group", "version", "resource", "subresource", "scope", "component"];
const COMPONENT = "apiserver";

interface Series { codes: Map<number, { value: number }>; duration?: Histogram; sli?: Histogram; size?: Histogram }

/** Counts of the requests that reached the Cluster, under upstream's names. Two look-ups a request in the common case. */
export class RequestMetrics {
  readonly #total = new Numbers({ type: "counter", name: "apiserver_request_total", help: "Requests by verb, resource and code of the answer.", labels: ["verb", "dry_run", ...OF_RESOURCE, "code"] });
  readonly #durations = new Histograms({ name: "apiserver_request_duration_seconds", help: "Time from a request's arrival at the cluster to its answer.", labels: ["verb", "dry_run", ...OF_RESOURCE], buckets: SECONDS });
  readonly #sli = new Histograms({ name: "apiserver_request_sli_duration_seconds", help: "The same without the time that was waited in queues of priority and fairness.", labels: ["verb", ...OF_RESOURCE], buckets: SLI_SECONDS });
  readonly #sizes = new Histograms({ name: "apiserver_response_sizes", help: "Length of answers as JSON, in characters.", labels: ["verb", ...OF_RESOURCE], buckets: SIZES });
  readonly #terminated = new Numbers({ type: "counter", name: "apiserver_request_terminations_total", help: "Requests that were refused to protect the server.", labels: ["verb", ...OF_RESOURCE, "code"] });
  readonly #deprecated = new Numbers({ type: "gauge", name: "apiserver_requested_deprecated_apis", help: "Deprecated APIs that were asked for.", labels: ["group", "version", "resource", "subresource", "removed_release"] });
  readonly #series = new Map<string, Series>();
  readonly #inFlight = { mutating: new Peak(), readOnly: new Peak() };

  begin(isMutating: boolean, nowMs: number): void { this.#kind(isMutating).add(1, nowMs); }

  end(isMutating: boolean, nowMs: number): void { this.#kind(isMutating).add(-1, nowMs); }

  /** `milliseconds` and what of it was waited; absent for what lives long. */
  count(labels: MetricLabels, code: number, taken?: { milliseconds: number; waitedMs: number; size: number }): void {
    const { verb, dryRun, group, version, resource, subresource, scope } = labels;
    const of = (): string[] => [group, version, resource, subresource, scope, COMPONENT];
    const series = this.#seriesOf(labels);
    let total = series.codes.get(code);
    if (!total) series.codes.set(code, (total = this.#total.of(verb, dryRun, ...of(), String(code))));
    total.value++;
    if (!taken) return;
    (series.duration ??= this.#durations.of(verb, dryRun, ...of())).observe(taken.milliseconds / 1000);
    (series.sli ??= this.#sli.of(verb, ...of())).observe((taken.milliseconds - taken.waitedMs) / 1000);
    if (isRead.has(verb)) (series.size ??= this.#sizes.of(verb, ...of())).observe(taken.size);
  }

  terminate({ verb, group, version, resource, subresource, scope }: MetricLabels, code: number): void {
    this.#terminated.add(1, verb, group, version, resource, subresource, scope, COMPONENT, String(code));
  }

  /** Upstream's `removed_release` is empty: no version that is served has a release in which it goes. */
  deprecated({ group, version, resource, subresource }: MetricLabels): void {
    this.#deprecated.set(1, group, version, resource, subresource, "");
  }

  /** Whether nothing like it was counted yet. */
  isNew(labels: MetricLabels): boolean {
    return !this.#series.has(keyOf(labels));
  }

  text(nowMs: number): string {
    const inFlight = new Numbers({ type: "gauge", name: "apiserver_current_inflight_requests", help: "Most requests that were being served at once in the last second.", labels: ["request_kind"] });
    for (const [kind, peak] of Object.entries(this.#inFlight)) inFlight.set(peak.ofLastSecond(nowMs), kind);
    return [this.#total, this.#durations, this.#sli, this.#sizes, this.#terminated, this.#deprecated, inFlight].map((family) => family.text()).join("");
  }

  #kind(isMutating: boolean): Peak { return isMutating ? this.#inFlight.mutating : this.#inFlight.readOnly; }

  #seriesOf(labels: MetricLabels): Series {
    const key = keyOf(labels);
    let series = this.#series.get(key);
    if (!series) {
      series = { codes: new Map() };
      if (this.#series.size < SERIES_MAX) this.#series.set(key, series);
    }
    return series;
  }
}

const SERIES_MAX = 2_000;
const keyOf = ({ verb, dryRun, group, version, resource, subresource, scope }: MetricLabels): string => `${verb} ${dryRun} ${group} ${version} ${resource} ${subresource} ${scope}`;
const isRead: ReadonlySet<string> = new Set(["GET", "LIST"]);

/** The most of a number during this second or the last. */
class Peak {
  #now = 0;
  #second = 0;
  #most = 0;
  #before = 0;

  add(by: number, nowMs: number): void {
    this.#roll(nowMs);
    this.#now += by;
    if (this.#now > this.#most) this.#most = this.#now;
  }

  ofLastSecond(nowMs: number): number {
    this.#roll(nowMs);
    return Math.max(this.#most, this.#before);
  }

  #roll(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    if (second === this.#second) return;
    this.#before = second === this.#second + 1 ? this.#most : this.#now;
    this.#most = this.#now;
    this.#second = second;
  }
}

const VERBS: Readonly<Record<string, string>> = { get: "GET", list: "LIST", watch: "WATCH", create: "POST", update: "PUT", patch: "PATCH", delete: "DELETE", deletecollection: "DELETECOLLECTION" };
const connects: ReadonlySet<string> = new Set(["exec", "attach", "portforward", "proxy", "log"]);

export function labelsOf({ verb, group, version, resource, subresource = "", namespace, name, query, patchType }: AskedRequest & { patchType?: string }): MetricLabels {
  return {
    verb: connects.has(subresource) ? "CONNECT" : patchType === "application/apply-patch+yaml" ? "APPLY" : (VERBS[verb] ?? verb.toUpperCase()),
    dryRun: query.includes("dryRun=All") ? "All" : "",
    group, version, resource, subresource,
    scope: name !== undefined || verb === "create" ? "resource" : namespace !== undefined ? "namespace" : "cluster",
  };
}

/** The path itself is no label: it is the client's, and without bound. */
export const pathLabels = (verb: string, subresource: string): MetricLabels =>
  ({ verb: verb.toUpperCase(), dryRun: "", group: "", version: "", resource: "", subresource, scope: "" });

/** What it is counted as when there is no such resource, so that made-up names make no series. */
export const ofNothing = ({ verb, scope, dryRun }: MetricLabels): MetricLabels => ({ verb, dryRun, group: "", version: "", resource: "", subresource: "", scope });
