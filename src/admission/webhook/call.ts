/** One call of a webhook: what is sent, and what came of it, in upstream's words. */
import type { WriteContext } from "../../kinds/kind.ts";
import { ApiError, badRequest, internalError } from "../../lib/errors.ts";
import { addressOf, serverError, type OutboundAnswer, type OutboundCall } from "../../lib/outbound.ts";
import type { Hook } from "./hook.ts";
import type { Invocation } from "./match.ts";
import { webhookMetricsOf, type Outcome } from "./metrics.ts";
import { InvalidReview, readVerdict, reviewRequest, reviewVersion, type GivenStatus, type Verdict } from "./review.ts";

export interface PreparedCall { invocation: Invocation; uid: string; version: string; call: OutboundCall }

const SECONDS_DEFAULT = 10;
const ANSWER_BYTES_MAX = 3 * 1024 * 1024;

/** The webhook could not be asked, or its answer is none. Its failure policy decides; it did not refuse. */
export class CallFailed extends Error {
  constructor({ written }: Hook, why: string) {
    super(`failed calling webhook ${JSON.stringify(written.name)}: ${why}`);
  }
}

/** Throws where it must not be called. */
export function prepareCall(invocation: Invocation, ctx: WriteContext): PreparedCall {
  const { hook, seen } = invocation;
  const { name, sideEffects, admissionReviewVersions, timeoutSeconds = SECONDS_DEFAULT } = hook.written;
  if (ctx.dryRun && sideEffects !== "None" && sideEffects !== "NoneOnDryRun") throw badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`);
  const version = reviewVersion(admissionReviewVersions);
  if (version === undefined) throw new CallFailed(hook, "could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)");
  const rest = JSON.stringify(reviewRequest(seen, ctx)).slice(1);
  const uid = ctx.tx.uuid(`${hook.configuration}/${name}/${rest}`);
  const body = `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/${version}","request":{"uid":"${uid}",${rest}}`;
  const prepared: PreparedCall = {
    invocation, uid, version,
    call: {
      endpoint: hook.endpoint, method: "POST", body, query: `timeout=${timeoutSeconds}s`, timeoutMs: timeoutSeconds * 1000, bytesMax: ANSWER_BYTES_MAX,
      headers: { "Content-Type": "application/json", Accept: "application/json, */*" },
      answered: (answer, milliseconds) =>
        webhookMetricsOf(ctx.reader).observe({ name: name!, phase: seen.phase, operation: seen.attributes.operation }, outcomeOf(prepared, answer), milliseconds),
    },
  };
  return prepared;
}

/** Throws CallFailed. */
export function verdictOf({ invocation: { hook, seen }, uid, version, call }: PreparedCall, answer: OutboundAnswer): Verdict {
  if ("error" in answer) throw new CallFailed(hook, `failed to call webhook: Post ${JSON.stringify(`${addressOf(call.endpoint)}?${call.query}`)}: ${answer.error}`);
  if (answer.status < 200 || answer.status > 206) throw new CallFailed(hook, `failed to call webhook: ${serverError(answer)}`);
  try {
    return readVerdict(answer.body, { uid, version, phase: seen.phase });
  } catch (error) {
    if (!(error instanceof InvalidReview)) throw error;
    throw new CallFailed(hook, `received invalid webhook response: ${error.message}`);
  }
}

/** What its words have to say, whichever way it decided. */
export function heed(hook: Hook, verdict: Verdict, ctx: WriteContext): void {
  for (const [key, value] of Object.entries(verdict.auditAnnotations)) ctx.annotate?.(`${hook.written.name}/${key}`, value);
  for (const text of verdict.warnings) ctx.warn(text);
}

export function denial({ written: { name } }: Hook, given: GivenStatus = {}): ApiError {
  const by = `admission webhook ${JSON.stringify(name)} denied the request`;
  const why = given.message || given.reason;
  const code = typeof given.code === "number" && given.code >= 400 && given.code <= 599 ? given.code : 400;
  const error = new ApiError(code, given.reason ?? "", why ? `${by}: ${why}` : `${by} without explanation`, given.details);
  if (!given.reason) delete error.status.reason;
  return error;
}

/** A failed call that is not to be ignored. */
export const closed = (error: CallFailed): ApiError => internalError(error.message);

function outcomeOf(prepared: PreparedCall, answer: OutboundAnswer): Outcome {
  const { hook } = prepared.invocation;
  try {
    const { allowed, status } = verdictOf(prepared, answer);
    return allowed ? { code: 200, rejected: false, error: "" } : { code: denial(hook, status).code, rejected: true, error: "no_error" };
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    return { code: closed(error).code, rejected: hook.written.failurePolicy !== "Ignore", error: "calling_webhook_error" };
  }
}
