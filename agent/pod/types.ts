/** core/v1 Pod as the agent reads it, and the status that it writes. */
import type { KubeObject, ObjectMeta } from "../../src/kinds/object.ts";
import type { Container, EphemeralContainer, PodSpec, ResourceRequirements } from "../../src/kinds/types/core-v1.generated.ts";

export interface Pod {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta & { name: string; namespace: string; uid: string };
  spec: Omit<PodSpec, "containers" | "initContainers" | "ephemeralContainers"> & {
    containers: NamedContainer[]; initContainers?: NamedContainer[]; ephemeralContainers?: (NamedContainer & EphemeralContainer)[];
  };
  status?: PodStatus;
}
export type NamedContainer = Container & { image: string };

export interface PodStatus {
  observedGeneration?: number;
  phase?: PodPhase;
  conditions?: PodCondition[];
  message?: string;
  reason?: string;
  hostIP?: string;
  hostIPs?: { ip: string }[];
  podIP?: string;
  podIPs?: { ip: string }[];
  startTime?: string;
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
  ephemeralContainerStatuses?: ContainerStatus[];
  qosClass?: QosClass;
}
export type PodPhase = "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";
export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

export interface PodCondition {
  type: string;
  status: "True" | "False" | "Unknown";
  observedGeneration?: number;
  lastProbeTime?: string | null;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

export interface ContainerStatus {
  name: string;
  state: ContainerStateStatus;
  lastState: ContainerStateStatus;
  ready: boolean;
  restartCount: number;
  image: string;
  imageID: string;
  containerID?: string;
  started?: boolean;
  allocatedResources?: Record<string, string>;
  resources?: ResourceRequirements;
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean; recursiveReadOnly?: string }[];
  user?: { linux?: { uid: number; gid: number; supplementalGroups?: number[] } };
}

export interface ContainerStateStatus {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt: string };
  terminated?: { exitCode: number; signal?: number; reason?: string; message?: string; startedAt: string | null; finishedAt: string | null; containerID?: string };
}

/** configmaps, secrets, services and the like, of which only data matters here. */
export interface DataObject extends KubeObject { data?: Record<string, string>; binaryData?: Record<string, string> }

/** `name_namespace(uid)`: how upstream's messages name a pod. */
export const podText = (pod: Pod): string => `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
/** Restartable init containers are what upstream calls sidecars. */
export const isSidecar = (container: Container): boolean => container.restartPolicy === "Always";
export const allContainers = (pod: Pod): NamedContainer[] => [...(pod.spec.initContainers ?? []), ...pod.spec.containers, ...(pod.spec.ephemeralContainers ?? [])];
export const isTerminalPhase = (phase: PodPhase | undefined): boolean => phase === "Succeeded" || phase === "Failed";
