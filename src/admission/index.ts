import { defaultTolerationSeconds } from "./default-toleration-seconds/plugin.ts";
import { limitRanger } from "./limit-ranger/plugin.ts";
import { namespaceLifecycle } from "./namespace-lifecycle/plugin.ts";
import { nodeRestriction } from "./node-restriction/plugin.ts";
import type { AdmissionPlugin } from "./plugin.ts";
import { priority } from "./priority/plugin.ts";
import { resourceQuotaAdmission } from "./resource-quota/plugin.ts";
import { serviceAccountAdmission } from "./service-account/plugin.ts";
import { taintNodesByCondition } from "./taint-nodes-by-condition/plugin.ts";

/** In upstream's recommended order. */
export const plugins: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccountAdmission,
  nodeRestriction,
  taintNodesByCondition,
  priority,
  defaultTolerationSeconds,
  resourceQuotaAdmission,
];
