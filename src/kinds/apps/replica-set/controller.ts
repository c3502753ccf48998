import { replicaSet } from "./kind.ts";
import { replicasController } from "./replication.ts";

export const replicaSetController = replicasController({ name: "replicaset-controller", kind: replicaSet, selectorOf: (set) => set.spec?.selector });
