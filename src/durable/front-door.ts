import type { AuditLog } from "../api/audit/audit-log.ts";
import type { AuditRecord } from "../api/audit/event.ts";
import { FlowControl, type Entry, type FlowControlHost, type Seat } from "../api/flow-control/flow-control.ts";
import { seatsFor, type Sizes } from "../api/flow-control/work-estimate.ts";
import { FlowControlMetrics } from "../api/metrics/flow-control-metrics.ts";
import { labelsOf, ofNothing, pathLabels, RequestMetrics, type MetricLabels } from "../api/metrics/request-metrics.ts";
import type { ApiRequest, ApiResponse, Authenticated, PathRequest } from "../api/request.ts";
import { tooManyRequests } from "../lib/errors.ts";
import type { Texts } from "./wanted.ts";

/**
 * What is around every request to a cluster, from its arrival to its answer: who it is that acts (impersonation), its turn
 * (priority and fairness), its entry in the audit log, and its share in the metrics. In upstream's order. A request that
 * does not have to wait goes through without a promise.
 */
export interface FrontDoorHost extends FlowControlHost {
  audit: AuditLog;
  sizes: Sizes;
  /** The user as whom the request acts. Throws 401 and 403. */
  acting(user: Authenticated, asked: Asked): Authenticated;
  refusal(error: unknown): ApiResponse;
  /** Whether there is such a resource, so that made-up names are not counted one by one. */
  exists(group: string, resource: string): boolean;
  uuid(): string;
  isDeprecated(group: string, version: string, resource: string): boolean;
}

type Asked = ApiRequest | PathRequest;

/** What a stream is made of; `headers` are for the answer's head. */
export type Opened<T> = { opened: T; headers: Record<string, string> } | { refused: ApiResponse };

export class FrontDoor {
  readonly flowControl: FlowControl;
  readonly requests = new RequestMetrics();
  readonly flows = new FlowControlMetrics();
  readonly #host: FrontDoorHost;

  constructor(host: FrontDoorHost) {
    this.#host = host;
    this.flowControl = new FlowControl(host, this.flows);
  }

  /** A request with one answer. `run` does not reject. */
  async answer<A extends Asked>(asked: A, run: (asked: A) => ApiResponse | Promise<ApiResponse>): Promise<ApiResponse> {
    const visit = this.#begin(asked);
    const entering = this.#enter(visit);
    if (entering) await entering;
    if (visit.refused) return this.#end(visit, visit.refused);
    visit.ranMs = this.#host.nowMs();
    const answer = run(visit.request as A);
    return this.#end(visit, answer instanceof Promise ? await answer : answer);
  }

  /** One whose answer is made while it is read: its seat is its own until the last text. */
  async stream<T extends { texts: Texts }>(asked: ApiRequest, open: (asked: ApiRequest) => Promise<T>): Promise<Opened<T>> {
    const visit = this.#begin(asked);
    visit.isLong = asked.verb === "watch";
    const entering = this.#enter(visit);
    if (entering) await entering;
    if (visit.refused) return { refused: this.#end(visit, visit.refused) };
    visit.ranMs = this.#host.nowMs();
    try {
      const opened = await open(visit.request as ApiRequest);
      const isAsync = Symbol.asyncIterator in opened.texts;
      const texts = isAsync ? this.#observedAsync(visit, opened.texts as AsyncGenerator<string>) : this.#observed(visit, opened.texts as Generator<string>);
      return { opened: { ...opened, texts }, headers: visit.headers };
    } catch (error) {
      return { refused: this.#end(visit, this.#host.refusal(error)) };
    }
  }

  /**
   * One that goes on elsewhere, and may go on for long: it takes a seat while it is opened, if it takes one at all. What is
   * resumed was told when it began.
   */
  async opening<A extends Asked, T>(asked: A, open: (asked: A) => T | Promise<T>, options: { takesSeat: boolean; isLong: boolean }): Promise<Opened<T>> {
    const visit = this.#begin(asked);
    visit.isLong = options.isLong;
    const entering = options.takesSeat ? this.#enter(visit) : this.#act(visit);
    if (entering) await entering;
    if (visit.refused) return { refused: this.#end(visit, visit.refused) };
    visit.ranMs = this.#host.nowMs();
    try {
      const opened = await open(visit.request as A);
      this.#end(visit, { status: 200, body: "" });
      return { opened, headers: visit.headers };
    } catch (error) {
      return { refused: this.#end(visit, this.#host.refusal(error)) };
    }
  }

  /** The end of one that was opened so, maybe in another life of this object. */
  ended(asked: ApiRequest): void {
    const record = this.#host.audit.enabled ? this.#host.audit.record(asked, auditedOf(asked, () => this.#host.uuid())) : undefined;
    if (record) this.#host.audit.tell(record, "ResponseComplete", { code: 200 });
  }

  #begin(asked: Asked): Visit {
    const visit: Visit = { request: asked, asked, startMs: this.#host.nowMs(), ranMs: 0, headers: noHeaders, size: 0 };
    const { audit } = this.#host;
    if (!audit.enabled || asked.resumed) return visit;
    visit.record = audit.begin(asked, auditedOf(asked, () => this.#host.uuid()));
    if (visit.record) visit.request = { ...asked, auditAnnotations: visit.record.annotations };
    return visit;
  }

  /** Undefined: it is in, or refused. */
  #enter(visit: Visit): Promise<void> | undefined {
    this.#act(visit);
    if (visit.refused) return;
    const { asked } = visit;
    try {
      const seat = this.flowControl.enter(entryOf(asked, this.#host.sizes));
      if (seat instanceof Promise) return seat.then((given) => this.#seated(visit, given));
      this.#seated(visit, seat);
    } catch (error) {
      visit.refused = this.#host.refusal(error);
    }
    return undefined;
  }

  #act(visit: Visit): undefined {
    const { asked } = visit;
    if (!asked.user.impersonate) return;
    try {
      const user = this.#host.acting(asked.user, asked);
      if (visit.record) Object.assign(visit.record, { impersonated: user, impersonationConstraint: user.impersonationConstraint });
      visit.asked = { ...asked, user } as Asked;
    } catch (error) {
      visit.refused = this.#host.refusal(error);
    }
  }

  #seated(visit: Visit, seat: Seat): void {
    visit.seat = seat;
    visit.headers = headersOf(seat);
    if (seat.refused) visit.refused = this.#host.refusal(tooManyRequests("Too many requests, please try again later.", seat.refused.retryAfterSeconds));
    else this.requests.begin(isMutating(visit.asked), this.#host.nowMs());
  }

  #end(visit: Visit, answer: ApiResponse): ApiResponse {
    const nowMs = this.#host.nowMs();
    const { seat, record, asked } = visit;
    if (seat && !seat.refused) {
      seat.leave();
      this.flows.left(seat, nowMs - visit.ranMs);
      this.requests.end(isMutating(asked), nowMs);
    }
    if (!asked.resumed) this.#count(visit, answer, nowMs);
    if (record) this.#tell(record, visit, answer);
    if (!seat) return answer;
    return { ...answer, headers: answer.headers ? { ...answer.headers, ...visit.headers } : visit.headers };
  }

  #count(visit: Visit, { status, body }: ApiResponse, nowMs: number): void {
    const labels = this.#labelsOf(visit.asked, status);
    // Asked of the first of its sort alone: whether a version is deprecated does not change while it is served.
    if (labels.resource && this.requests.isNew(labels) && this.#host.isDeprecated(labels.group, labels.version, labels.resource)) this.requests.deprecated(labels);
    const milliseconds = nowMs - visit.startMs;
    const isShort = !visit.isLong || status >= 400;
    this.requests.count(labels, status, isShort ? { milliseconds, waitedMs: visit.seat?.waitedMs ?? 0, size: visit.size || body.length } : undefined);
    if (visit.seat?.refused) this.requests.terminate(labels, status);
  }

  #labelsOf(asked: Asked, status: number): MetricLabels {
    if (!("resource" in asked)) return pathLabels(asked.verb, asked.path.startsWith("/debug/") ? "" : (asked.path.split("/", 2)[1] ?? "").slice(0, 20));
    const labels = labelsOf(asked);
    return (status === 403 || status === 404) && !this.#host.exists(asked.group, asked.resource) ? ofNothing(labels) : labels;
  }

  #tell(record: AuditRecord, visit: Visit, { status, body }: ApiResponse): void {
    const { audit } = this.#host;
    const outcome = { code: status, body };
    if (visit.isLong && status < 400) return audit.tell(record, "ResponseStarted", outcome);
    audit.tell(record, isPanic(outcome) ? "Panic" : "ResponseComplete", outcome);
  }

  *#observed(visit: Visit, texts: Generator<string>): Generator<string> {
    const reading = this.#reading(visit);
    try {
      for (const text of texts) yield reading.read(text);
    } catch (error) {
      throw reading.failed(error);
    } finally {
      reading.end();
    }
  }

  async *#observedAsync(visit: Visit, texts: AsyncGenerator<string>): AsyncGenerator<string> {
    const reading = this.#reading(visit);
    try {
      for await (const text of texts) yield reading.read(text);
    } catch (error) {
      throw reading.failed(error);
    } finally {
      reading.end();
    }
  }

  /** What is kept of a streamed answer while it goes by. */
  #reading(visit: Visit): { read(text: string): string; failed(error: unknown): unknown; end(): void } {
    const kept: string[] = [];
    let answer: ApiResponse = { status: 200, body: "" };
    return {
      read(text) {
        visit.size += text.length;
        if (visit.record?.wantsResponse && visit.size <= LIST_CHARACTERS_MAX) kept.push(text);
        return text;
      },
      failed: (error) => {
        answer = this.#host.refusal(error);
        return error;
      },
      end: () => { this.#end(visit, answer.status >= 400 || visit.size > LIST_CHARACTERS_MAX ? answer : { status: 200, body: kept.join("") }); },
    };
  }
}

interface Visit {
  /** To be run: it is checked again there, in its transaction. */
  request: Asked;
  /** The same as the user as whom it acts. */
  asked: Asked;
  readonly startMs: number;
  /** When it was let in. */
  ranMs: number;
  seat?: Seat;
  record?: AuditRecord | undefined;
  refused?: ApiResponse;
  headers: Record<string, string>;
  /** Of a streamed answer, in characters. */
  size: number;
  isLong?: boolean;
}

/** Longer lists are recorded without their items. */
const LIST_CHARACTERS_MAX = 1_000_000;
const noHeaders: Record<string, string> = {};
const reading: ReadonlySet<string> = new Set(["get", "list", "watch", "head"]);
const isMutating = ({ verb }: Asked): boolean => !reading.has(verb);

/** The same object for every request of a schema: most answers have no other headers. */
const headersBySchema = new WeakMap<Seat["schema"], Record<string, string>>();

function headersOf({ schema, level }: Seat): Record<string, string> {
  let headers = headersBySchema.get(schema);
  if (!headers) headersBySchema.set(schema, (headers = { "X-Kubernetes-PF-FlowSchema-UID": schema.uid, "X-Kubernetes-PF-PriorityLevel-UID": level.uid }));
  return headers;
}

function auditedOf(asked: Asked, uuid: () => string): Parameters<AuditLog["begin"]>[1] {
  const { auditId = uuid(), uri = uriOf(asked), forwarded, verb, user, userAgent } = asked;
  const about = { auditId, uri, ...(forwarded !== undefined && { forwarded }), verb, user, userAgent };
  if (!("resource" in asked)) return about;
  const { resource, namespace, name, group, version, subresource, body } = asked;
  return { ...about, ...(body !== undefined && { body }), objectRef: { resource, ...(namespace && { namespace }), ...(name && { name }), ...(group && { apiGroup: group }), apiVersion: version, ...(subresource && { subresource }) } };
}

const entryOf = (asked: Asked, sizes: Sizes): Entry => ({
  user: asked.user, asked, bytes: "body" in asked ? (asked.body?.length ?? 0) : 0, about: `${asked.verb} ${asked.uri ?? uriOf(asked)}`,
  seats: (level) => ("resource" in asked ? seatsFor(asked, level, sizes) : 1),
  ...(asked.query.includes("timeout=") && { timeoutMs: timeoutMs(asked.query) }),
});

function uriOf(asked: Asked): string {
  if (!("resource" in asked)) return asked.path;
  const { group, version, namespace, resource, name, subresource, query } = asked;
  const parts = [group ? `/apis/${group}` : "/api", version, ...(namespace === undefined ? [] : ["namespaces", namespace]), resource, ...(name === undefined ? [] : [name]), ...(subresource === undefined ? [] : [subresource])];
  return parts.join("/") + (query && `?${query}`);
}

/** `timeout` is one of Go's durations; the Worker has refused others. */
function timeoutMs(query: string): number {
  const text = new URLSearchParams(query).get("timeout") ?? "";
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)(ms|s|m|h)/g)) sum += Number(number) * units[unit!]!;
  return sum || 60_000;
}

/** An error that is no answer of ours: what upstream would call a panic. */
const isPanic = ({ code, body }: { code: number; body: string }): boolean => code === 500 && /"message":"Internal error occurred: request [0-9a-f-]{36} failed"/.test(body);
