import type { Lease } from "../../types/coordination-v1.generated.ts";

export const example = (): Lease => ({
  apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "example" },
  spec: { holderIdentity: "someone", leaseDurationSeconds: 15 },
});
