import { certificateApproval } from "./certificate-approval/plugin.ts";
import { certificateSigning } from "./certificate-signing/plugin.ts";
import { certificateSubjectRestriction } from "./certificate-subject-restriction/plugin.ts";
import { defaultIngressClass } from "./default-ingress-class/plugin.ts";
import { defaultStorageClass } from "./default-storage-class/plugin.ts";
import { defaultTolerationSeconds } from "./default-toleration-seconds/plugin.ts";
import { limitRanger } from "./limit-ranger/plugin.ts";
import { mutatingAdmissionPolicyPlugin } from "./mutating-admission-policy/plugin.ts";
import { mutatingAdmissionWebhook } from "./mutating-admission-webhook/plugin.ts";
import { namespaceLifecycle } from "./namespace-lifecycle/plugin.ts";
import { nodeRestriction } from "./node-restriction/plugin.ts";
import type { AdmissionPlugin } from "./plugin.ts";
import { persistentVolumeClaimResize } from "./persistent-volume-claim-resize/plugin.ts";
import { podResizeValidator } from "./pod-resize-validator/plugin.ts";
import { podSecurity } from "./pod-security/plugin.ts";
import { podTopologyLabels } from "./pod-topology-labels/plugin.ts";
import { priority } from "./priority/plugin.ts";
import { resourceQuotaAdmission } from "./resource-quota/plugin.ts";
import { runtimeClassAdmission } from "./runtime-class/plugin.ts";
import { serviceAccountAdmission } from "./service-account/plugin.ts";
import { storageObjectInUseProtection } from "./storage-object-in-use-protection/plugin.ts";
import { taintNodesByCondition } from "./taint-nodes-by-condition/plugin.ts";
import { validatingAdmissionPolicyPlugin } from "./validating-admission-policy/plugin.ts";
import { validatingAdmissionWebhook } from "./validating-admission-webhook/plugin.ts";

/** In upstream's recommended order. */
export const plugins: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccountAdmission,
  nodeRestriction,
  taintNodesByCondition,
  podSecurity,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  storageObjectInUseProtection,
  persistentVolumeClaimResize,
  runtimeClassAdmission,
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
  defaultIngressClass,
  podTopologyLabels,
  podResizeValidator,
  mutatingAdmissionPolicyPlugin,
  mutatingAdmissionWebhook,
  validatingAdmissionPolicyPlugin,
  validatingAdmissionWebhook,
  resourceQuotaAdmission,
];
