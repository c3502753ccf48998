import { plugins } from "../../admission/index.ts";
import type { AdmissionAttributes } from "../../admission/plugin.ts";
import type { KubeObject } from "../../kinds/object.ts";
import { areManagers } from "../patch/index.ts";
import type { Write } from "./write-context.ts";

/** Runs the admission plugins over a write, in the order of their list. */
export const admit = {
  mutate(attributes: AdmissionAttributes, ctx: Write): void {
    if (ctx.isAdmitted) return;
    const managedFields = attributes.object?.metadata.managedFields;
    mutateOnce(attributes, ctx);
    if (attributes.reinvocation?.isWanted) {
      attributes.reinvocation.isSecond = true;
      mutateOnce(attributes, ctx);
    }
    if (attributes.object?.metadata.managedFields !== managedFields) keepManagedFields(attributes.object!, managedFields, ctx);
  },
  validate(attributes: AdmissionAttributes, ctx: Write): void {
    if (ctx.isAdmitted) return;
    for (const plugin of plugins) if (plugin.validate && plugin.handles(attributes)) plugin.validate(attributes, ctx);
  },
};

/** Admission may change them to something valid only. */
function keepManagedFields({ metadata }: KubeObject, before: KubeObject["metadata"]["managedFields"], ctx: Write): void {
  if (areManagers(metadata.managedFields)) return;
  ctx.warn(".metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: an entry is malformed");
  metadata.managedFields = before;
}

function mutateOnce(attributes: AdmissionAttributes, ctx: Write): void {
  for (const plugin of plugins) if (plugin.mutate && plugin.handles(attributes)) plugin.mutate(attributes, ctx);
}
