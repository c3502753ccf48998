import { badRequest } from "../../../lib/errors.ts";
import type { Subresource } from "../../kind.ts";
import type { DeleteOptions } from "../../types/meta-v1.generated.ts";
import type { Pod } from "../../types/core-v1.generated.ts";
import { setPodCondition } from "./conditions.ts";
import { isTerminal } from "./grace-period.ts";

/** POST of a policy/v1 Eviction: a delete that marks the pod as disrupted. */
export const eviction: Subresource<Pod> = {
  type: "action",
  verbs: ["create"],
  input: { group: "policy", version: "v1", kind: "Eviction", type: "io.k8s.api.policy.v1.Eviction" },
  run(obj, input, ctx) {
    const { name, namespace } = obj.metadata;
    if (input.metadata?.name && input.metadata.name !== name) throw badRequest("name in URL does not match name in Eviction object");
    const options = (input.deleteOptions ?? {}) as DeleteOptions;
    if (options.dryRun?.length) return { kind: "Status", code: 201 };
    if (!isTerminal(obj)) {
      ctx.tx.update<Pod>(ctx.kind, namespace, name!, (draft) => setPodCondition((draft.status ??= {}), {
        type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI", message: "Eviction API: evicting",
      }, ctx.nowMs), { subresource: "status" });
    }
    ctx.tx.delete(ctx.kind, namespace, name!, {
      as: ctx.user,
      ...(options.preconditions?.uid && { preconditions: { uid: options.preconditions.uid } }),
      ...(options.gracePeriodSeconds != null && { gracePeriodSeconds: options.gracePeriodSeconds }),
      ...(options.propagationPolicy && { propagationPolicy: options.propagationPolicy as "Background" | "Foreground" | "Orphan" }),
    });
    return { kind: "Status", code: 201 };
  },
};
