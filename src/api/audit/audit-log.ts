import type { AuthorizationAttributes } from "../../kinds/kind.ts";
import type { Outbound } from "../../lib/outbound.ts";
import { Numbers } from "../metrics/families.ts";
import { AuditBuffer } from "./buffer.ts";
import type { AuditConfiguration, AuditWebhook } from "./configuration.ts";
import { AuditRecord, type Audited, type AuditOutcome } from "./event.ts";
import { compilePolicy, type AuditStage } from "./policy.ts";

/**
 * The audit log of one cluster: which requests are recorded, at what level (audit.k8s.io/v1 Policy), and the way of their
 * events to the installation's log and to a webhook. Events are sent behind the requests, in batches, as upstream's mode
 * "batch"; what a backend does not take in time is lost and counted. Without a configuration nothing is done at all.
 */
export interface AuditLogHost {
  nowMs(): number;
  pause(ms: number): Promise<void>;
  outbound: Outbound;
  /** Takes events, one a line. */
  writeLog(lines: string): Promise<boolean>;
  /** Takes an EventList for the server that the launcher knows. */
  writeLauncherWebhook?: ((body: string) => Promise<boolean>) | undefined;
}

const WEBHOOK_WAIT_MS = 1_000;
const WEBHOOK_TIMEOUT_MS = 10_000;

export class AuditLog {
  readonly #host: AuditLogHost;
  readonly #events = new Numbers({ type: "counter", name: "apiserver_audit_event_total", help: "Audit events that were made.", labels: [] });
  readonly #levels = new Numbers({ type: "counter", name: "apiserver_audit_level_total", help: "Requests by the level at which they are recorded.", labels: ["level"] });
  readonly #errors = new Numbers({ type: "counter", name: "apiserver_audit_error_total", help: "Audit events that a backend did not take.", labels: ["plugin"] });
  #decide: ReturnType<typeof compilePolicy> | undefined;
  #buffers: AuditBuffer[] = [];

  constructor(host: AuditLogHost, configuration?: AuditConfiguration) {
    this.#host = host;
    this.configure(configuration);
  }

  get enabled(): boolean { return this.#decide !== undefined; }

  configure(configuration: AuditConfiguration | undefined): void {
    this.#decide = configuration && compilePolicy(configuration.policy);
    this.#buffers = configuration ? [...this.#backends(configuration)] : [];
  }

  /** Undefined: not to be recorded. */
  begin(attributes: AuthorizationAttributes, audited: Audited): AuditRecord | undefined {
    const record = this.record(attributes, audited);
    this.#levels.add(1, record?.decision.level ?? "None");
    if (record) this.tell(record, "RequestReceived");
    return record;
  }

  /** The same for one that was told of before. */
  record(attributes: AuthorizationAttributes, audited: Audited): AuditRecord | undefined {
    const decision = this.#decide?.(audited.user, attributes);
    return decision && decision.level !== "None" ? new AuditRecord(decision, audited, this.#host.nowMs()) : undefined;
  }

  tell(record: AuditRecord, stage: AuditStage, outcome?: AuditOutcome): void {
    const text = record.text(stage, this.#host.nowMs(), outcome);
    if (text === undefined) return;
    this.#events.add(1);
    for (const buffer of this.#buffers) buffer.add(text);
  }

  /** Until all is sent: for tests, and before a cluster is destroyed. */
  async flush(): Promise<void> {
    await Promise.all(this.#buffers.map((buffer) => buffer.done()));
  }

  text(): string {
    return this.enabled ? [this.#events, this.#levels, this.#errors].map((family) => family.text()).join("") : "";
  }

  *#backends({ log, webhook }: AuditConfiguration): Generator<AuditBuffer> {
    const pause = (ms: number) => this.#host.pause(ms);
    if (log) yield new AuditBuffer({ waitMs: 0, pause, send: (events) => this.#host.writeLog(`${events.join("\n")}\n`), lost: (events) => this.#errors.add(events, "log") });
    if (webhook) yield new AuditBuffer({ waitMs: WEBHOOK_WAIT_MS, pause, send: (events) => this.#post(webhook, events), lost: (events) => this.#errors.add(events, "webhook") });
  }

  async #post(webhook: AuditWebhook | "launcher", events: readonly string[]): Promise<boolean> {
    const body = `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[${events.join(",")}]}`;
    if (webhook === "launcher") return await this.#host.writeLauncherWebhook?.(body) ?? false;
    const { url, caBundle, token } = webhook;
    const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await this.#host.outbound({ endpoint: { url, ...(caBundle && { caBundle }) }, method: "POST", headers, body, timeoutMs: WEBHOOK_TIMEOUT_MS, bytesMax: 65_536 });
    return "status" in answer && answer.status >= 200 && answer.status < 300;
  }
}
