/** networking.k8s.io/v1 NetworkPolicy: which traffic pods accept and send. The agents enforce it. */
import { ageColumn, nameColumn } from "../../columns.ts";
import type { Kind } from "../../kind.ts";
import type { NetworkPolicy } from "../../types/networking-v1.generated.ts";
import { formatLabelSelector, labelSelectorOf } from "../../values/label-selector.ts";
import { defaultNetworkPolicy } from "./defaults.ts";
import { example } from "./example.ts";
import { validateNetworkPolicy } from "./validate.ts";
import { warnings } from "./warnings.ts";

export const networkPolicy: Kind<NetworkPolicy> = {
  group: "networking.k8s.io", kind: "NetworkPolicy", resource: "networkpolicies", singular: "networkpolicy", shortNames: ["netpol"],
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.networking.v1.NetworkPolicy" }],
  strategy: { hasGeneration: true, defaults: defaultNetworkPolicy, validate: validateNetworkPolicy, warnings },
  columns: [
    nameColumn,
    { name: "Pod-Selector", type: "string", description: "The pods that it is about.", value: (obj) => formatLabelSelector(labelSelectorOf(obj.spec?.podSelector ?? {})) || "<none>" },
    ageColumn,
  ],
  example,
};
