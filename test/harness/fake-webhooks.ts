import type { Outbound, OutboundAnswer, OutboundCall } from "../../src/lib/outbound.ts";

/** What a webhook may answer beside `allowed`. `patch` is given as operations. */
export interface Verdict { allowed?: boolean; patch?: unknown; patchType?: string; status?: object; warnings?: string[]; auditAnnotations?: object; uid?: string }
export type Webhook = (request: any, call: OutboundCall) => Verdict | OutboundAnswer | Promise<Verdict | OutboundAnswer>;

/** Webhooks at `https://hooks.example.com/<name>` and in services of that name: the network is all that is pretended. */
export class FakeWebhooks {
  readonly calls: { name: string; request: any; review: any; call: OutboundCall }[] = [];
  readonly #webhooks: Readonly<Record<string, Webhook>>;

  constructor(webhooks: Readonly<Record<string, Webhook>>) { this.#webhooks = webhooks; }

  readonly outbound: Outbound = async (call) => {
    const name = "url" in call.endpoint ? new URL(call.endpoint.url).pathname.slice(1) : call.endpoint.service.name;
    const review = JSON.parse(call.body!);
    this.calls.push({ name, request: review.request, review, call });
    const webhook = this.#webhooks[name];
    if (!webhook) return { error: "dial tcp: connection refused" };
    const verdict = await webhook(review.request, call);
    return "error" in verdict || "body" in verdict ? (verdict as OutboundAnswer) : { status: 200, body: JSON.stringify(answerTo(review, verdict as Verdict)) };
  };

  names(): string[] { return this.calls.map(({ name }) => name); }
}

function answerTo(review: any, { patch, allowed = true, ...rest }: Verdict): object {
  const encoded = patch === undefined ? {} : { patch: btoa(JSON.stringify(patch)), patchType: "JSONPatch" };
  return { apiVersion: review.apiVersion, kind: "AdmissionReview", response: { uid: review.request.uid, allowed, ...encoded, ...rest } };
}

type Json = Record<string, any>;
const GROUP = "admissionregistration.k8s.io/v1";
export const WEBHOOKS = `/apis/${GROUP}`;

export const aRule = (resources: string | readonly string[], operations: string | readonly string[] = "CREATE", more: Json = {}): Json =>
  ({ apiGroups: ["*"], apiVersions: ["*"], operations: [operations].flat(), resources: [resources].flat(), ...more });

/** `name` is also where it is. */
export const aWebhook = (name: string, rules: Json | readonly Json[], more: Json = {}): Json => ({
  name: `${name}.example.com`, clientConfig: { url: `https://hooks.example.com/${name}` }, rules: [rules].flat(), sideEffects: "None", admissionReviewVersions: ["v1"], ...more,
});

export const aConfiguration = (kind: "Mutating" | "Validating", name: string, webhooks: readonly Json[]): Json =>
  ({ apiVersion: GROUP, kind: `${kind}WebhookConfiguration`, metadata: { name }, webhooks });
