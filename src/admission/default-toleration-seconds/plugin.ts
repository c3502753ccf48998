import { pod as podKind } from "../../kinds/core/pod/kind.ts";
import type { Pod, PodSpec, Toleration } from "../../kinds/types/core-v1.generated.ts";
import type { AdmissionPlugin } from "../plugin.ts";

/** Pods stay five minutes on a node that is lost, unless they say how long. */
const SECONDS = 300;
const keys = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

export const defaultTolerationSeconds: AdmissionPlugin = {
  name: "DefaultTolerationSeconds",
  handles: ({ operation, kind, subresource }) => kind === podKind && subresource === undefined && (operation === "CREATE" || operation === "UPDATE"),
  mutate({ object }) {
    const spec = ((object as Pod).spec ??= {} as PodSpec);
    const tolerations = spec.tolerations ?? [];
    const missing = keys.filter((key) => !tolerations.some((t) => covers(t, key)));
    if (missing.length === 0) return;
    spec.tolerations = [...tolerations, ...missing.map((key) => ({ key, operator: "Exists" as const, effect: "NoExecute" as const, tolerationSeconds: SECONDS }))];
  },
};

const covers = (t: Toleration, key: string): boolean => (t.key === key || !t.key) && (t.effect === "NoExecute" || !t.effect);
