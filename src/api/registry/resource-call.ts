import type { AuthorizationAttributes, Kind, KindVersion, Subresource, Verb } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import { parseFieldSelector, requiredValue } from "../../kinds/values/field-selector.ts";
import { checkBound, deny } from "../../auth/authorizers/index.ts";
import { ApiError, notFound, methodNotAllowed, pathNotFound } from "../../lib/errors.ts";
import type { ApiRequest, ApiResponse, Authenticated } from "../request.ts";
import { fromStorage, servesStoredText, subjectOf } from "./catalog.ts";
import { queryOf } from "./request-options.ts";
import type { Session } from "./session.ts";
import type { Existing } from "./update-object.ts";
import { Write } from "./write-context.ts";

/** A request that is authorized and whose resource is known: what the verbs work on. */
export interface ResourceCall {
  readonly request: ApiRequest;
  readonly query: URLSearchParams;
  readonly session: Session;
  readonly user: Authenticated;
  readonly kind: Kind;
  readonly version: KindVersion;
  readonly subresource?: Subresource;
}

/** Authorizes first, so that nobody learns what exists without permission. */
export function openCall(session: Session, request: ApiRequest): ResourceCall {
  const query = queryOf(request);
  const attributes = attributesOf(request, query);
  const user = checkBound(session, request.user, attributes);
  const opinion = session.machinery.authorize(session, user, attributes);
  noteDecision(request.auditAnnotations, opinion);
  if (!opinion.allowed) throw deny(user, attributes, opinion.reason);
  const resolved = session.machinery.catalog.resolve(session, request.group, request.version, request.resource);
  if (!resolved) throw pathNotFound();
  const { kind, version } = resolved;
  if (version.deprecated && request.auditAnnotations) request.auditAnnotations["k8s.io/deprecated"] = "true";
  if (!fitsScope(request, kind)) throw isAcrossNamespaces(request) ? methodNotAllowed() : pathNotFound();
  const subresource = request.subresource === undefined ? undefined : kind.subresources?.[request.subresource];
  if (request.subresource !== undefined && !subresource) throw pathNotFound();
  if (!verbsOf(kind, subresource).includes(request.verb)) throw methodNotAllowed();
  const scoped = kind.scope === "Cluster" && request.namespace !== undefined ? { ...request, namespace: undefined } : request;
  return { request: scoped, query, session, user, kind, version, ...(subresource && { subresource }) };
}

/** As upstream's WithAuthorization tells the audit log. */
export function noteDecision(annotations: Record<string, string> | undefined, { allowed, reason = "" }: { allowed: boolean; reason?: string }): void {
  if (!annotations) return;
  annotations["authorization.k8s.io/decision"] = allowed ? "allow" : "forbid";
  annotations["authorization.k8s.io/reason"] = reason;
}

export function writeOf(call: ResourceCall, options: { fieldManager: string; dryRun: boolean }): Write {
  const { kind, version, user, request, query } = call;
  return new Write(call.session, { kind, version, user, verb: request.verb, subresource: request.subresource, query, ...options, ...(request.auditAnnotations && { auditAnnotations: request.auditAnnotations }) });
}

/** The object that the request names, or 404. */
export function existingOf(call: ResourceCall): Existing {
  const existing = call.session.existing(call.kind, call.request.namespace, call.request.name!);
  if (!existing) throw notFound(subjectOf(call.kind, call.request.name));
  return existing;
}

/** The text that a client sees: the stored one wherever nothing has to be changed. */
export function servedText(call: Pick<ResourceCall, "kind" | "version" | "session">, stored: { object: KubeObject; json: string }): string {
  const { kind, version, session } = call;
  if (servesStoredText(kind, version)) return stored.json;
  const decorate = kind.strategy?.decorate;
  const seen = decorate ? decorate(stored.object, { reader: session, nowMs: session.nowMs, kind, cluster: session.machinery.host.cluster }) : stored.object;
  const served = fromStorage(kind, version, seen);
  return served === stored.object ? stored.json : JSON.stringify(served);
}

export const respond = (status: number, body: string, write?: Write): ApiResponse =>
  write && write.warnings.length > 0 ? { status, body, warnings: write.warnings } : { status, body };

/** Whoever speaks a deprecated version is told so, whatever they ask and whatever comes of it. */
export function withDeprecation(call: ResourceCall, verb: (call: ResourceCall) => ApiResponse): ApiResponse {
  const { deprecated, deprecationWarning: text } = call.version;
  if (!deprecated || !text) return verb(call);
  try {
    const answer = verb(call);
    return { ...answer, warnings: [text, ...(answer.warnings ?? [])] };
  } catch (error) {
    if (error instanceof ApiError) error.warnings = [text, ...error.warnings];
    throw error;
  }
}

export function attributesOf(request: ApiRequest, query: URLSearchParams): AuthorizationAttributes {
  const { verb, group, version, resource, subresource, namespace } = request;
  const selects = verb === "list" || verb === "watch" || verb === "deletecollection";
  const fieldSelector = selects ? (query.get("fieldSelector") || undefined) : undefined;
  const name = request.name ?? (fieldSelector ? selectedName(fieldSelector) : undefined);
  return {
    verb, group, version, resource, ...(subresource !== undefined && { subresource }), ...(namespace && { namespace }),
    ...(name !== undefined && { name }), ...(fieldSelector && { fieldSelector }),
  };
}

function selectedName(fieldSelector: string): string | undefined {
  try {
    return requiredValue(parseFieldSelector(fieldSelector), "metadata.name");
  } catch {
    return undefined; // The verb refuses it, after authorization.
  }
}

/** Over all namespaces there are only lists and watches: the path is there, and does not take other verbs. */
const isAcrossNamespaces = ({ namespace, name }: ApiRequest): boolean => namespace === undefined && name === undefined;

/**
 * Whether the path's form is that of the kind. Only a Namespace is in "its own" namespace, by the grammar of paths
 * (src/api/path.ts): that was what the request was authorized for, so no other cluster-scoped object may be reached so.
 */
function fitsScope(request: ApiRequest, kind: Kind): boolean {
  const { namespace, verb } = request;
  if (kind.scope === "Namespaced") return namespace !== undefined || verb === "list" || verb === "watch";
  return namespace === undefined || (kind.isNamespace === true && namespace === request.name);
}

const allVerbs: readonly Verb[] = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
const scaleVerbs: readonly Verb[] = ["get", "update", "patch"];

function verbsOf(kind: Kind, subresource: Subresource | undefined): readonly Verb[] {
  if (!subresource) return kind.verbs ?? allVerbs;
  return subresource.type === "scale" ? scaleVerbs : subresource.verbs;
}
