import type { UserInfo } from "../../kinds/kind.ts";
import type { Status } from "../../lib/errors.ts";
import type { AuditDecision, AuditStage } from "./policy.ts";

/** What is known of a request from the start. */
export interface Audited {
  auditId: string;
  uri: string;
  forwarded?: string;
  verb: string;
  user: UserInfo;
  userAgent: string;
  objectRef?: { resource: string; namespace?: string; name?: string; apiGroup?: string; apiVersion?: string; subresource?: string; uid?: string; resourceVersion?: string };
  /** Text of the body, as JSON. */
  body?: string;
}

/** What one stage adds. */
export interface AuditOutcome {
  code?: number;
  /** JSON text, a Status for refusals. */
  body?: string;
}

const PATCH_ANNOTATION = "patch.webhook.admission.k8s.io/";
const USER_AGENT_CHARACTERS_MAX = 1024;
/** Beyond it an event goes without its objects, as upstream's truncating backend does. */
const EVENT_CHARACTERS_MAX = 1_000_000;

/** One request in the audit log: made when it arrives, told to the log at each of its stages. */
export class AuditRecord {
  readonly decision: AuditDecision;
  readonly receivedMs: number;
  readonly annotations: Record<string, string> = {};
  impersonated: UserInfo | undefined;
  impersonationConstraint: string | undefined;
  readonly #audited: Audited;

  constructor(decision: AuditDecision, audited: Audited, receivedMs: number) {
    this.decision = decision;
    this.#audited = audited;
    this.receivedMs = receivedMs;
  }

  get wantsResponse(): boolean { return this.decision.level === "RequestResponse"; }

  /** The event's JSON text, or undefined where the policy omits the stage. */
  text(stage: AuditStage, nowMs: number, outcome: AuditOutcome = {}): string | undefined {
    if (this.decision.omitStages.has(stage)) return undefined;
    const text = JSON.stringify(this.#event(stage, nowMs, outcome, true));
    if (text.length <= EVENT_CHARACTERS_MAX) return text;
    return JSON.stringify(this.#event(stage, nowMs, outcome, false));
  }

  #event(stage: AuditStage, nowMs: number, outcome: AuditOutcome, whole: boolean): object {
    const { auditId, uri, forwarded, verb, user, userAgent } = this.#audited;
    const request = stage === "RequestReceived" ? undefined : parsed(this.#audited.body);
    const annotations = { ...this.#annotations(), ...(!whole && { "audit.k8s.io/truncated": "true" }) };
    const hasObjects = whole && this.decision.level !== "Metadata";
    const response = whole && this.wantsResponse && stage !== "ResponseStarted" ? parsed(outcome.body) : undefined;
    return {
      kind: "Event", apiVersion: "audit.k8s.io/v1", level: this.decision.level, auditID: auditId, stage, requestURI: uri, verb,
      user: userOf(user), ...(this.impersonated && { impersonatedUser: userOf(this.impersonated) }),
      ...(this.impersonationConstraint && { authenticationMetadata: { impersonationConstraint: this.impersonationConstraint } }),
      sourceIPs: addressesOf(forwarded),
      ...(userAgent && { userAgent: userAgent.length > USER_AGENT_CHARACTERS_MAX ? `${userAgent.slice(0, USER_AGENT_CHARACTERS_MAX)}...TRUNCATED` : userAgent }),
      ...(this.#audited.objectRef && { objectRef: { ...this.#audited.objectRef, ...namesOf(request, this.#audited.objectRef) } }),
      ...(outcome.code !== undefined && { responseStatus: statusOf(outcome) }),
      ...(hasObjects && request !== undefined && { requestObject: this.#seen(request) }),
      ...(response !== undefined && { responseObject: this.#seen(response) }),
      requestReceivedTimestamp: microTime(this.receivedMs), stageTimestamp: microTime(nowMs),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    };
  }

  /** What webhooks patched shows parts of the object. */
  #annotations(): Record<string, string> {
    if (this.decision.level !== "Metadata") return this.annotations;
    return Object.fromEntries(Object.entries(this.annotations).filter(([key]) => !key.startsWith(PATCH_ANNOTATION)));
  }

  #seen(value: Json): Json {
    if (!this.decision.omitManagedFields || typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const list = value.items;
    return Array.isArray(list) ? { ...value, items: list.map((item) => withoutManagedFields(item)) } : withoutManagedFields(value);
  }
}

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

function withoutManagedFields(value: Json): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const { metadata } = value;
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) return value;
  const { managedFields: _, ...rest } = metadata;
  return { ...value, metadata: rest };
}

function parsed(text: string | undefined): Json | undefined {
  if (!text) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** What the path does not say and the object does: the name of one that is created. */
function namesOf(request: Json | undefined, { name, namespace }: NonNullable<Audited["objectRef"]>): object {
  const metadata = typeof request === "object" && request !== null && !Array.isArray(request) ? request.metadata : undefined;
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) return {};
  const text = (value: Json | undefined) => (typeof value === "string" && value !== "" ? value : undefined);
  const found = { name: name ?? text(metadata.name), namespace: namespace ?? text(metadata.namespace), uid: text(metadata.uid), resourceVersion: text(metadata.resourceVersion) };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** Of a Status all but its kind; of anything else the code alone. */
function statusOf({ code, body }: AuditOutcome): object {
  if (code! < 400) return { metadata: {}, code };
  const status = parsed(body) as Partial<Status> | undefined;
  if (status?.kind !== "Status") return { metadata: {}, code };
  const { kind: _, apiVersion: __, ...rest } = status;
  return { ...rest, code };
}

const userOf = ({ username, uid, groups, extra }: UserInfo): object => ({ username, ...(uid && { uid }), groups, ...(extra && Object.keys(extra).length > 0 && { extra }) });

const microTime = (ms: number): string => new Date(ms).toISOString().replace("Z", "000Z");

const addressesOf = (forwarded = ""): string[] =>
  forwarded.split(",").map((part) => part.trim()).filter((part) => /^[\da-fA-F:.]{2,45}$/.test(part)).slice(0, 10);
