import { customResourceDefinitionController } from "../kinds/apiextensions/custom-resource-definition/controller.ts";
import { availabilityController } from "../kinds/apiregistration/api-service/availability.ts";
import { apiServiceController } from "../kinds/apiregistration/api-service/controller.ts";
import { daemonSetController } from "../kinds/apps/daemon-set/controller.ts";
import { deploymentController } from "../kinds/apps/deployment/controller.ts";
import { replicaSetController } from "../kinds/apps/replica-set/controller.ts";
import { cronJobController } from "../kinds/batch/cron-job/controller.ts";
import { jobController } from "../kinds/batch/job/controller.ts";
import { statefulSetController } from "../kinds/apps/stateful-set/controller.ts";
import { certificateSigningController } from "../kinds/certificates/certificate-signing-request/controller.ts";
import { endpointsController } from "../kinds/core/endpoints/controller.ts";
import { namespaceController } from "../kinds/core/namespace/controller.ts";
import { claimProtectionController } from "../kinds/core/persistent-volume-claim/controller.ts";
import { persistentVolumeController } from "../kinds/core/persistent-volume/controller.ts";
import { replicationControllerController } from "../kinds/core/replication-controller/controller.ts";
import { resourceQuotaController } from "../kinds/core/resource-quota/controller.ts";
import { tokensController } from "../kinds/core/secret/controller.ts";
import { serviceAccountController } from "../kinds/core/service-account/controller.ts";
import { endpointSliceController } from "../kinds/discovery/endpoint-slice/controller.ts";
import { flowSchemaController } from "../kinds/flowcontrol/flow-schema/controller.ts";
import { serviceCidrController } from "../kinds/networking/service-cidr/controller.ts";
import { podDisruptionBudgetController } from "../kinds/policy/pod-disruption-budget/controller.ts";
import { clusterRoleAggregationController } from "../kinds/rbac/cluster-role/controller.ts";
import { scheduler } from "../scheduler/controller.ts";
import type { Controller } from "./controller.ts";
import { endpointSliceMirroringController } from "./endpoint-slice-mirroring/controller.ts";
import { ephemeralVolumeController } from "./ephemeral-volume/controller.ts";
import { eventExpiryController } from "./event-expiry/controller.ts";
import { extensionAuthenticationController } from "./extension-authentication/controller.ts";
import { flowControlDefaultsController } from "./flow-control-defaults/controller.ts";
import { garbageCollector } from "./garbage-collector/controller.ts";
import { kubernetesServiceController } from "./kubernetes-service/controller.ts";
import { nodeIpamController } from "./node-ipam/controller.ts";
import { nodeLifecycleController } from "./node-lifecycle/controller.ts";
import { attributesClassProtectionController, volumeProtectionController } from "./persistent-volume-protection/controller.ts";
import { podGarbageController } from "./pod-garbage/controller.ts";
import { rootCaController } from "./root-ca/controller.ts";
import { serviceAddressesController } from "./service-addresses/controller.ts";
import { serviceNodePortsController } from "./service-node-ports/controller.ts";
import { taintEvictionController } from "./taint-eviction/controller.ts";

/** Every controller there is. Which of several due ones runs first is its own `priority`, not this order. */
export const controllers: readonly Controller[] = [
  namespaceController,
  serviceAccountController,
  tokensController,
  rootCaController,
  nodeIpamController,
  nodeLifecycleController,
  taintEvictionController,
  scheduler,
  deploymentController,
  replicaSetController,
  cronJobController,
  jobController,
  daemonSetController,
  statefulSetController,
  podDisruptionBudgetController,
  replicationControllerController,
  endpointSliceController,
  endpointsController,
  endpointSliceMirroringController,
  kubernetesServiceController,
  garbageCollector,
  podGarbageController,
  clusterRoleAggregationController,
  customResourceDefinitionController,
  eventExpiryController,
  resourceQuotaController,
  persistentVolumeController,
  claimProtectionController,
  attributesClassProtectionController,
  volumeProtectionController,
  ephemeralVolumeController,
  certificateSigningController,
  flowSchemaController,
  flowControlDefaultsController,
  apiServiceController,
  availabilityController,
  extensionAuthenticationController,
  serviceAddressesController,
  serviceNodePortsController,
  serviceCidrController,
];
