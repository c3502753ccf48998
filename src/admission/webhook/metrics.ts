import { Histograms, Numbers } from "../../api/metrics/families.ts";
import type { Reader } from "../../kinds/transaction.ts";

/** Calls of webhooks under upstream's names, each counted once when its answer comes, however often the request is run. */
const SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25];
const types = { mutating: "admit", validating: "validating" } as const;

export interface Measured { name: string; phase: keyof typeof types; operation: string }
/** `error`: "no_error" for a refusal by the webhook itself. */
export interface Outcome { code: number; rejected: boolean; error: string }

class WebhookMetrics {
  readonly #durations = new Histograms({ name: "apiserver_admission_webhook_admission_duration_seconds", help: "Time until a webhook answered.", labels: ["name", "type", "operation", "rejected"], buckets: SECONDS });
  readonly #requests = new Numbers({ type: "counter", name: "apiserver_admission_webhook_request_total", help: "Calls of webhooks by what came of them.", labels: ["name", "type", "operation", "code", "rejected"] });
  readonly #rejections = new Numbers({ type: "counter", name: "apiserver_admission_webhook_rejection_count", help: "Requests that were refused by a webhook or because of one.", labels: ["name", "type", "operation", "error_type", "rejection_code"] });
  readonly #failedOpen = new Numbers({ type: "counter", name: "apiserver_admission_webhook_fail_open_count", help: "Calls that failed and were ignored.", labels: ["name", "type"] });

  observe({ name, phase, operation }: Measured, { code, rejected, error }: Outcome, milliseconds: number): void {
    const type = types[phase];
    this.#durations.observe(milliseconds / 1000, name, type, operation, String(rejected));
    this.#requests.add(1, name, type, operation, String(code), String(rejected));
    if (rejected) this.#rejections.add(1, name, type, operation, error, String(code));
    else if (code >= 400) this.#failedOpen.add(1, name, type);
  }

  text(): string {
    return [this.#durations, this.#requests, this.#rejections, this.#failedOpen].map((family) => family.text()).join("");
  }
}

const ofClusters = new WeakMap<object, WebhookMetrics>();

/** Of the cluster whose state it is. */
export function webhookMetricsOf({ scope }: Reader): WebhookMetrics {
  let metrics = scope && ofClusters.get(scope);
  if (!metrics) {
    metrics = new WebhookMetrics();
    if (scope) ofClusters.set(scope, metrics);
  }
  return metrics;
}
