import { plugins } from "../../admission/index.ts";
import type { AdmissionAttributes } from "../../admission/plugin.ts";
import type { Write } from "./write-context.ts";

/** Runs the admission plugins over a write, in the order of their list. */
export const admit = {
  mutate(attributes: AdmissionAttributes, ctx: Write): void {
    if (ctx.isAdmitted) return;
    mutateOnce(attributes, ctx);
    if (!attributes.reinvocation?.isWanted) return;
    attributes.reinvocation.isSecond = true;
    mutateOnce(attributes, ctx);
  },
  validate(attributes: AdmissionAttributes, ctx: Write): void {
    if (ctx.isAdmitted) return;
    for (const plugin of plugins) if (plugin.validate && plugin.handles(attributes)) plugin.validate(attributes, ctx);
  },
};

function mutateOnce(attributes: AdmissionAttributes, ctx: Write): void {
  for (const plugin of plugins) if (plugin.mutate && plugin.handles(attributes)) plugin.mutate(attributes, ctx);
}
