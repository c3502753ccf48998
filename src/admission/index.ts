import { defaultTolerationSeconds } from "./default-toleration-seconds/default-toleration-seconds.ts";
import { namespaceLifecycle } from "./namespace-lifecycle/namespace-lifecycle.ts";
import { nodeRestriction } from "./node-restriction/node-restriction.ts";
import type { AdmissionPlugin } from "./plugin.ts";
import { priority } from "./priority/priority.ts";
import { serviceAccountAdmission } from "./service-account/service-account.ts";
import { taintNodesByCondition } from "./taint-nodes-by-condition/taint-nodes-by-condition.ts";

/** In upstream's recommended order. */
export const plugins: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
  serviceAccountAdmission,
  nodeRestriction,
  taintNodesByCondition,
  priority,
  defaultTolerationSeconds,
];
