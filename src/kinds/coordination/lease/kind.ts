/** coordination/v1 Lease: who leads, and which node is alive. A connected node's own lease is renewed by its socket, not by writes. */
import type { Kind } from "../../kind.ts";
import type { Lease } from "../../types/coordination-v1.generated.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import { example } from "./example.ts";
import { renewedByHeartbeat } from "./heartbeat.ts";
import { validateLease } from "./validate.ts";

export const lease: Kind<Lease> = {
  group: "coordination.k8s.io", kind: "Lease", resource: "leases", singular: "lease",
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.coordination.v1.Lease" }],
  strategy: {
    hasGeneration: false,
    validate: validateLease,
    decorate: renewedByHeartbeat,
    allowCreateOnUpdate: true,
    allowUnconditionalUpdate: false,
  },
  columns: [
    nameColumn,
    { name: "Holder", type: "string", description: "Identity of the holder of the current lease.", value: (obj) => obj.spec?.holderIdentity ?? "" },
    ageColumn,
  ],
  example,
};
