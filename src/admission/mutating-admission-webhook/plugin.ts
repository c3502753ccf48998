/**
 * MutatingAdmissionWebhook: the webhooks that want to see a request are asked one after the other, each about what those
 * before it have made of it. One with reinvocationPolicy IfNeeded is asked once more if others changed the object after
 * it. As upstream's plugin of this name, texts included.
 */
import { mutatingWebhookConfiguration } from "../../kinds/admissionregistration/mutating-webhook-configuration/kind.ts";
import type { WriteContext } from "../../kinds/kind.ts";
import type { KubeObject } from "../../kinds/object.ts";
import { deepEqual } from "../../lib/deep-equal.ts";
import { parseJson } from "../../lib/json.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../plugin.ts";
import { isExempt } from "../policy/match.ts";
import { reinvocationOf } from "../reinvocation.ts";
import { CallFailed, closed, denial, heed, prepareCall, verdictOf } from "../webhook/call.ts";
import { hooksOf, type Hook } from "../webhook/hook.ts";
import { invocationOf, type Invocation } from "../webhook/match.ts";
import { applyPatch } from "../webhook/patched.ts";
import { subjectOf } from "../policy/seen.ts";

const NAME = "MutatingAdmissionWebhook";

export const mutatingAdmissionWebhook: AdmissionPlugin = {
  name: NAME,
  handles: (attributes) => !isExempt(attributes),
  mutate(attributes, ctx) {
    const hooks = hooksOf(ctx.reader, mutatingWebhookConfiguration);
    if (hooks.length === 0) return;
    // Upstream fills in defaults while it decodes, before anybody looks.
    if (attributes.object && !attributes.input) attributes.kind.strategy?.defaults?.(attributes.object);
    new Round(attributes, ctx).run(hooks);
  },
};

/** Who was asked already and wants to be asked again, who is to be now, and the object as the round left it. */
interface Memory { asked: Set<Hook>; again: Set<Hook>; left?: KubeObject }

class Round {
  readonly #attributes: AdmissionAttributes;
  readonly #ctx: WriteContext;
  readonly #memory: Memory;

  constructor(attributes: AdmissionAttributes, ctx: WriteContext) {
    this.#attributes = attributes;
    this.#ctx = ctx;
    this.#memory = reinvocationOf(attributes).of<Memory>(NAME, () => ({ asked: new Set(), again: new Set() }));
  }

  run(hooks: readonly Hook[]): void {
    const { isSecond } = reinvocationOf(this.#attributes);
    const subject = subjectOf(this.#attributes);
    if (isSecond && !deepEqual(this.#memory.left, subject)) this.#askAgain();
    for (const [index, hook] of hooks.entries()) {
      const invocation = invocationOf(hook, this.#attributes, this.#ctx, "mutating");
      if (!invocation || (isSecond && !this.#memory.again.has(hook))) continue;
      if (!this.#ask(invocation, `round_${isSecond ? 1 : 0}_index_${index}`)) return;
      if (hook.written.reinvocationPolicy === "IfNeeded") this.#memory.asked.add(hook);
    }
    this.#memory.left = structuredClone(subject);
  }

  /** False when the answer is not known yet: nobody after it can be asked either. */
  #ask(invocation: Invocation, place: string): boolean {
    const { hook } = invocation;
    let changed = false;
    try {
      const prepared = prepareCall(invocation, this.#ctx);
      const answers = this.#ctx.tx.outboundIfKnown([prepared.call], subjectOf(this.#attributes));
      if (!answers) return false;
      const verdict = verdictOf(prepared, answers[0]!);
      heed(hook, verdict, this.#ctx);
      if (!verdict.allowed) throw denial(hook, verdict.status);
      changed = verdict.patch !== undefined && this.#patch(invocation, verdict.patch, place);
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      if (hook.written.failurePolicy !== "Ignore") throw closed(error);
      this.#ctx.annotate?.(`failed-open.mutation.webhook.admission.k8s.io/${place}`, hook.written.name);
    }
    this.#ctx.annotate?.(`mutation.webhook.admission.k8s.io/${place}`, JSON.stringify({ configuration: hook.configuration, webhook: hook.written.name, mutated: changed }));
    if (changed) this.#askAgain();
    return true;
  }

  #patch(invocation: Invocation, patch: string, place: string): boolean {
    const { configuration, written: { name } } = invocation.hook;
    const changed = applyPatch(invocation, patch, this.#attributes, this.#ctx);
    this.#ctx.annotate?.(`patch.webhook.admission.k8s.io/${place}`, JSON.stringify({ configuration, webhook: name, patch: parseJson(patch), patchType: "JSONPatch" }));
    return changed;
  }

  #askAgain(): void {
    for (const hook of this.#memory.asked) this.#memory.again.add(hook);
    this.#memory.asked.clear();
    reinvocationOf(this.#attributes).isWanted = true;
  }
}
