import { replicasController } from "../../apps/replica-set/replication.ts";
import { replicationController } from "./kind.ts";

/** The older form of a ReplicaSet, kept alike. */
export const replicationControllerController = replicasController({
  name: "replication-controller",
  kind: replicationController,
  selectorOf: ({ spec }) => (Object.keys(spec?.selector ?? {}).length > 0 ? { matchLabels: spec!.selector } : undefined),
  statusOf: ({ terminatingReplicas: _, ...status }) => status,
});
