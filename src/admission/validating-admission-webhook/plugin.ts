/**
 * ValidatingAdmissionWebhook: all webhooks that want to see a request are asked at the same time about what is to be
 * stored; the first that refuses, in their order, is whom the client hears of. As upstream's plugin of this name.
 */
import { validatingWebhookConfiguration } from "../../kinds/admissionregistration/validating-webhook-configuration/kind.ts";
import type { WriteContext } from "../../kinds/kind.ts";
import type { ApiError } from "../../lib/errors.ts";
import type { OutboundAnswer } from "../../lib/outbound.ts";
import type { AdmissionPlugin } from "../plugin.ts";
import { isExempt } from "../policy/match.ts";
import { CallFailed, closed, denial, heed, prepareCall, verdictOf, type PreparedCall } from "../webhook/call.ts";
import { hooksOf } from "../webhook/hook.ts";
import { invocationOf, type Invocation } from "../webhook/match.ts";
import { subjectOf } from "../policy/seen.ts";

export const validatingAdmissionWebhook: AdmissionPlugin = {
  name: "ValidatingAdmissionWebhook",
  handles: (attributes) => !isExempt(attributes),
  validate(attributes, ctx) {
    const hooks = hooksOf(ctx.reader, validatingWebhookConfiguration);
    if (hooks.length === 0) return;
    const invocations = hooks.map((hook) => invocationOf(hook, attributes, ctx, "validating")).filter((one) => one !== undefined);
    const calls = invocations.map((invocation) => attempt(() => prepareCall(invocation, ctx)));
    const prepared = calls.filter((one): one is PreparedCall => !(one instanceof CallFailed));
    const answers = ctx.tx.outboundIfKnown(prepared.map(({ call }) => call), subjectOf(attributes));
    if (!answers) return;
    const answerTo = new Map(prepared.map((one, i) => [one, answers[i]!]));
    const refusals = invocations.map((invocation, index) => refusalOf(invocation, index, ctx, calls[index]!, answerTo)).filter((one) => one !== undefined);
    if (refusals[0]) throw refusals[0];
  },
};

function refusalOf({ hook }: Invocation, index: number, ctx: WriteContext, call: PreparedCall | CallFailed, answers: ReadonlyMap<PreparedCall, OutboundAnswer>): ApiError | undefined {
  const verdict = call instanceof CallFailed ? call : attempt(() => verdictOf(call, answers.get(call)!));
  if (!(verdict instanceof CallFailed)) {
    heed(hook, verdict, ctx);
    return verdict.allowed ? undefined : denial(hook, verdict.status);
  }
  if (hook.written.failurePolicy !== "Ignore") return closed(verdict);
  ctx.annotate?.(`failed-open.validating.webhook.admission.k8s.io/round_0_index_${index}`, hook.written.name);
  return undefined;
}

function attempt<R>(run: () => R): R | CallFailed {
  try {
    return run();
  } catch (error) {
    if (error instanceof CallFailed) return error;
    throw error;
  }
}
