import { badRequest, conflict, invalid, notFound } from "../../../lib/errors.ts";
import { invalidValue, Path, type FieldError } from "../../../lib/field-error.ts";
import type { Subresource, WriteContext } from "../../kind.ts";
import type { KubeObject } from "../../object.ts";
import type { BoundObjectReference, TokenRequest } from "../../types/authentication-v1.generated.ts";
import type { Pod, ServiceAccount } from "../../types/core-v1.generated.ts";
import { formatTime } from "../../values/time.ts";
import { serviceAccountClaims } from "./claims.ts";

/** serviceaccounts/token: signs a token for audiences and a time, bound to a Pod, Secret or Node if asked. */
export const tokenSubresource: Extract<Subresource<ServiceAccount>, { type: "action" }> = {
  type: "action",
  verbs: ["create"],
  input: { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest", type: "io.k8s.api.authentication.v1.TokenRequest" },
  run: (account, input, ctx) => requestToken(account, input as TokenRequest, ctx),
};

const SECONDS_DEFAULT = 3_600;
const SECONDS_MIN = 600;
/** What kubelets ask for since tokens are bound; upstream lets such tokens live on for a year, for clients that never read them again. */
const SECONDS_WARN_ONLY = 3_607;
const SECONDS_EXTENDED = 365 * 24 * 3_600;

function requestToken(account: ServiceAccount, input: TokenRequest, ctx: WriteContext): TokenRequest {
  const { name, namespace, uid } = account.metadata;
  const subject = { group: "authentication.k8s.io", resource: "TokenRequest", kind: "TokenRequest" };
  if (input.metadata.namespace && input.metadata.namespace !== namespace) {
    throw invalid({ ...subject, name }, [invalidValue("metadata.namespace", input.metadata.namespace, "must match the service account namespace if specified")]);
  }
  if (input.metadata.uid && input.metadata.uid !== uid) {
    throw conflict({ ...subject, name }, `the UID in the token request (${input.metadata.uid}) does not match the UID of the service account (${uid})`);
  }
  const requested = input.spec ?? {};
  const seconds = requested.expirationSeconds ?? SECONDS_DEFAULT;
  const audiences = requested.audiences?.length ? requested.audiences : [ctx.cluster.issuer];
  const errors = validateSeconds(seconds);
  if (errors.length > 0) throw invalid(subject, errors);
  const bound = requested.boundObjectRef ? boundObjects(requested.boundObjectRef, account, ctx) : {};
  const extended = bound.pod !== undefined && seconds === SECONDS_WARN_ONLY && audiences.every((audience) => audience === ctx.cluster.issuer);
  const claims = serviceAccountClaims({
    account, ...bound, issuer: ctx.cluster.issuer, audiences, nowMs: ctx.nowMs, id: ctx.tx.uuid(),
    ...(extended ? { seconds: SECONDS_EXTENDED, warnAfterSeconds: seconds } : { seconds }),
  });
  return {
    apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest",
    metadata: { name, namespace, uid, creationTimestamp: formatTime(ctx.nowMs) },
    spec: { audiences, expirationSeconds: seconds, ...(requested.boundObjectRef && { boundObjectRef: requested.boundObjectRef }) },
    status: { token: ctx.cluster.signToken(claims), expirationTimestamp: formatTime(ctx.nowMs + seconds * 1000) },
  };
}

function validateSeconds(seconds: number): FieldError[] {
  const path = Path.of("spec", "expirationSeconds");
  if (seconds < SECONDS_MIN) return [invalidValue(path, seconds, "may not specify a duration less than 10 minutes")];
  return seconds > 2 ** 32 ? [invalidValue(path, seconds, "may not specify a duration larger than 2^32 seconds")] : [];
}

interface BoundObjects { pod?: KubeObject; secret?: KubeObject; node?: { metadata: { name?: string; uid?: string } } }

function boundObjects(ref: BoundObjectReference, account: ServiceAccount, ctx: WriteContext): BoundObjects {
  const { name, namespace } = account.metadata;
  if (ref.apiVersion && ref.apiVersion !== "v1") throw unboundable(ref);
  switch (ref.kind) {
    case "Pod": {
      const pod = referenced<Pod>(ref, "pods", namespace, ctx);
      if (pod.spec?.serviceAccountName !== name) throw badRequest(`cannot bind token for serviceaccount ${JSON.stringify(name)} to pod running with different serviceaccount name.`);
      return { pod: sameUid(ref, pod), ...nodeOf(pod, ctx) };
    }
    case "Secret": return { secret: sameUid(ref, referenced(ref, "secrets", namespace, ctx)) };
    case "Node": return { node: sameUid(ref, referenced(ref, "nodes", undefined, ctx)) };
    default: throw unboundable(ref);
  }
}

const unboundable = (ref: BoundObjectReference) => badRequest(`cannot bind token to object of type ${ref.apiVersion ?? ""}, Kind=${ref.kind ?? ""}`);

function referenced<T extends KubeObject>(ref: BoundObjectReference, resource: string, namespace: string | undefined, ctx: WriteContext): T {
  const kind = ctx.reader.kindFor("", resource);
  const object = kind && ctx.reader.get<T>(kind, namespace, ref.name ?? "");
  if (!object) throw notFound({ group: "", resource, name: ref.name ?? "" });
  return object;
}

function sameUid<T extends KubeObject>(ref: BoundObjectReference, object: T): T {
  if (!ref.uid || ref.uid === object.metadata.uid) return object;
  throw conflict({ group: "", resource: ref.kind!, name: ref.name },
    `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`);
}

/** Where the pod runs, for information; the name alone when the Node is unknown. */
function nodeOf(pod: Pod, ctx: WriteContext): BoundObjects {
  const name = pod.spec?.nodeName;
  if (!name) return {};
  const kind = ctx.reader.kindFor("", "nodes");
  const node = kind && ctx.reader.get<KubeObject>(kind, undefined, name);
  return { node: node ?? { metadata: { name } } };
}
