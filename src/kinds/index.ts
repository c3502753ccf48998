/** Every built-in kind, in the order of discovery. */
import type { Kind } from "./kind.ts";
import { mutatingAdmissionPolicyBinding } from "./admissionregistration/mutating-admission-policy-binding/kind.ts";
import { mutatingAdmissionPolicy } from "./admissionregistration/mutating-admission-policy/kind.ts";
import { mutatingWebhookConfiguration } from "./admissionregistration/mutating-webhook-configuration/kind.ts";
import { validatingAdmissionPolicyBinding } from "./admissionregistration/validating-admission-policy-binding/kind.ts";
import { validatingAdmissionPolicy } from "./admissionregistration/validating-admission-policy/kind.ts";
import { validatingWebhookConfiguration } from "./admissionregistration/validating-webhook-configuration/kind.ts";
import { customResourceDefinition } from "./apiextensions/custom-resource-definition/kind.ts";
import { apiService } from "./apiregistration/api-service/kind.ts";
import { controllerRevision } from "./apps/controller-revision/kind.ts";
import { daemonSet } from "./apps/daemon-set/kind.ts";
import { deployment } from "./apps/deployment/kind.ts";
import { replicaSet } from "./apps/replica-set/kind.ts";
import { statefulSet } from "./apps/stateful-set/kind.ts";
import { selfSubjectReview } from "./authentication/self-subject-review/kind.ts";
import { tokenReview } from "./authentication/token-review/kind.ts";
import { localSubjectAccessReview } from "./authorization/local-subject-access-review/kind.ts";
import { selfSubjectAccessReview } from "./authorization/self-subject-access-review/kind.ts";
import { selfSubjectRulesReview } from "./authorization/self-subject-rules-review/kind.ts";
import { subjectAccessReview } from "./authorization/subject-access-review/kind.ts";
import { horizontalPodAutoscaler } from "./autoscaling/horizontal-pod-autoscaler/kind.ts";
import { cronJob } from "./batch/cron-job/kind.ts";
import { job } from "./batch/job/kind.ts";
import { certificateSigningRequest } from "./certificates/certificate-signing-request/kind.ts";
import { lease } from "./coordination/lease/kind.ts";
import { binding } from "./core/binding/kind.ts";
import { componentStatus } from "./core/component-status/kind.ts";
import { configMap } from "./core/config-map/kind.ts";
import { endpoints } from "./core/endpoints/kind.ts";
import { event } from "./core/event/kind.ts";
import { limitRange } from "./core/limit-range/kind.ts";
import { namespace } from "./core/namespace/kind.ts";
import { node } from "./core/node/kind.ts";
import { persistentVolumeClaim } from "./core/persistent-volume-claim/kind.ts";
import { persistentVolume } from "./core/persistent-volume/kind.ts";
import { pod } from "./core/pod/kind.ts";
import { podTemplate } from "./core/pod-template/kind.ts";
import { replicationController } from "./core/replication-controller/kind.ts";
import { resourceQuota } from "./core/resource-quota/kind.ts";
import { secret } from "./core/secret/kind.ts";
import { service } from "./core/service/kind.ts";
import { serviceAccount } from "./core/service-account/kind.ts";
import { endpointSlice } from "./discovery/endpoint-slice/kind.ts";
import { flowSchema } from "./flowcontrol/flow-schema/kind.ts";
import { priorityLevelConfiguration } from "./flowcontrol/priority-level-configuration/kind.ts";
import { ingressClass } from "./networking/ingress-class/kind.ts";
import { ingress } from "./networking/ingress/kind.ts";
import { ipAddress } from "./networking/ip-address/kind.ts";
import { networkPolicy } from "./networking/network-policy/kind.ts";
import { serviceCidr } from "./networking/service-cidr/kind.ts";
import { runtimeClass } from "./node/runtime-class/kind.ts";
import { podDisruptionBudget } from "./policy/pod-disruption-budget/kind.ts";
import { clusterRole } from "./rbac/cluster-role/kind.ts";
import { clusterRoleBinding } from "./rbac/cluster-role-binding/kind.ts";
import { role } from "./rbac/role/kind.ts";
import { roleBinding } from "./rbac/role-binding/kind.ts";
import { deviceClass } from "./resource/device-class/kind.ts";
import { resourceClaimTemplate } from "./resource/resource-claim-template/kind.ts";
import { resourceClaim } from "./resource/resource-claim/kind.ts";
import { resourceSlice } from "./resource/resource-slice/kind.ts";
import { priorityClass } from "./scheduling/priority-class/kind.ts";
import { csiDriver } from "./storage/csi-driver/kind.ts";
import { csiNode } from "./storage/csi-node/kind.ts";
import { csiStorageCapacity } from "./storage/csi-storage-capacity/kind.ts";
import { storageClass } from "./storage/storage-class/kind.ts";
import { volumeAttachment } from "./storage/volume-attachment/kind.ts";
import { volumeAttributesClass } from "./storage/volume-attributes-class/kind.ts";

export const builtinKinds: readonly Kind[] = [
  binding,
  configMap,
  endpoints,
  event,
  limitRange,
  namespace,
  node,
  persistentVolumeClaim,
  persistentVolume,
  pod,
  resourceQuota,
  podTemplate,
  replicationController,
  secret,
  service,
  serviceAccount,
  controllerRevision,
  daemonSet,
  deployment,
  replicaSet,
  statefulSet,
  selfSubjectReview,
  tokenReview,
  localSubjectAccessReview,
  selfSubjectAccessReview,
  selfSubjectRulesReview,
  subjectAccessReview,
  horizontalPodAutoscaler,
  cronJob,
  job,
  customResourceDefinition,
  validatingAdmissionPolicy,
  validatingAdmissionPolicyBinding,
  mutatingAdmissionPolicy,
  mutatingAdmissionPolicyBinding,
  lease,
  endpointSlice,
  podDisruptionBudget,
  clusterRole,
  clusterRoleBinding,
  role,
  roleBinding,
  priorityClass,
  csiDriver,
  csiNode,
  csiStorageCapacity,
  storageClass,
  volumeAttachment,
  volumeAttributesClass,
  ingress,
  ingressClass,
  ipAddress,
  networkPolicy,
  serviceCidr,
  certificateSigningRequest,
  runtimeClass,
  componentStatus,
  flowSchema,
  priorityLevelConfiguration,
  mutatingWebhookConfiguration,
  validatingWebhookConfiguration,
  apiService,
  deviceClass,
  resourceClaim,
  resourceClaimTemplate,
  resourceSlice,
];
