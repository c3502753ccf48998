import type { PriorityLevelConfiguration } from "../../types/flowcontrol-v1.generated.ts";

export const example = (): PriorityLevelConfiguration => ({
  apiVersion: "flowcontrol.apiserver.k8s.io/v1", kind: "PriorityLevelConfiguration", metadata: { name: "example" },
  spec: { type: "Limited", limited: { nominalConcurrencyShares: 5, limitResponse: { type: "Reject" } } },
});
