/** Container statuses from what the runtime has and what kept a container from starting. Matches the kubelet's generateAPIPodStatus. */
import type { ResourceRequirements } from "../../../src/kinds/types/core-v1.generated.ts";
import { formatTime } from "../../../src/kinds/values/time.ts";
import type { ContainerRecord } from "../../runtime/runtime.ts";
import { shouldRestart } from "../state.ts";
import { isSidecar, isTerminalPhase, type ContainerStateStatus, type ContainerStatus, type NamedContainer, type Pod } from "../types.ts";

export interface ContainerFacts {
  runtimeName: string;
  /** Newest first, of one container name. */
  records(name: string): ContainerRecord[];
  /** Why a container that should run does not: ErrImagePull, CrashLoopBackOff, CreateContainerConfigError and so on. */
  waiting(name: string): { reason: string; message: string } | undefined;
  ready(record: ContainerRecord): boolean;
  started(record: ContainerRecord): boolean;
  terminationMessage(record: ContainerRecord): string;
  /** What it has, which may not yet be what the specification says. */
  resources(record: ContainerRecord): ResourceRequirements | undefined;
}

export type ContainerGroup = "init" | "regular" | "ephemeral";

export function containerStatuses(pod: Pod, group: ContainerGroup, containers: readonly NamedContainer[], facts: ContainerFacts): ContainerStatus[] {
  return containers.map((container) => containerStatus(pod, group, container, facts));
}

function containerStatus(pod: Pod, group: ContainerGroup, container: NamedContainer, facts: ContainerFacts): ContainerStatus {
  const [record, previous] = facts.records(container.name);
  const final = !record && isTerminalPhase(pod.status?.phase) ? oldStatus(pod, group, container.name) : undefined;
  if (final) return final;
  const status: ContainerStatus = record ? recorded(container, record, facts) : fresh(pod, group, container);
  if (record && previous) status.lastState = stateOf(previous, facts);
  const waiting = facts.waiting(container.name);
  const isOver = record?.state === "exited" && !shouldRestart(pod, container, record, group === "init");
  if (waiting && !status.state.running && !isOver) {
    if (status.state.terminated) status.lastState = status.state;
    status.state = { waiting: { reason: waiting.reason, ...(waiting.message && { message: waiting.message }) } };
    status.started = false;
  }
  const running = status.state.running !== undefined;
  if (group === "init" && !isSidecar(container)) {
    status.ready = status.state.terminated?.exitCode === 0;
    status.started = running;
  } else {
    status.started = running && record !== undefined && (group === "ephemeral" || facts.started(record));
    status.ready = group !== "ephemeral" && status.started && facts.ready(record!);
  }
  if (group === "ephemeral") delete status.started;
  return status;
}

function fresh(pod: Pod, group: ContainerGroup, container: NamedContainer): ContainerStatus {
  // An old status of this pod may know of restarts whose containers are gone from the runtime.
  const old = oldStatus(pod, group, container.name);
  const reason = pod.spec.initContainers?.length && group !== "ephemeral" ? "PodInitializing" : "ContainerCreating";
  const lost = old?.state.running && old.containerID;
  return {
    name: container.name, state: { waiting: { reason } },
    lastState: lost ? { terminated: { exitCode: 137, reason: "ContainerStatusUnknown", message: "The container could not be located when the pod was deleted.  The container used to be Running", startedAt: null, finishedAt: null } } : {},
    ready: false, restartCount: lost ? old.restartCount + 1 : (old?.restartCount ?? 0), image: container.image, imageID: "", started: false,
    ...volumeMounts(container),
  };
}

function oldStatus(pod: Pod, group: ContainerGroup, name: string): ContainerStatus | undefined {
  const lists = { init: pod.status?.initContainerStatuses, regular: pod.status?.containerStatuses, ephemeral: pod.status?.ephemeralContainerStatuses };
  return lists[group]?.find((s) => s.name === name);
}

function recorded(container: NamedContainer, record: ContainerRecord, facts: ContainerFacts): ContainerStatus {
  const running = record.state === "running";
  const resources = facts.resources(record) ?? container.resources;
  return {
    name: container.name, state: stateOf(record, facts), lastState: {}, ready: false, restartCount: record.attempt,
    image: record.image || container.image, imageID: record.imageId, containerID: containerId(record, facts),
    ...(running && resources && { ...(resources.requests && { allocatedResources: resources.requests }), resources }),
    ...volumeMounts(container),
  };
}

function volumeMounts(container: NamedContainer): Pick<ContainerStatus, "volumeMounts"> {
  if (!container.volumeMounts?.length) return {};
  return { volumeMounts: container.volumeMounts.map((m) => ({ name: m.name!, mountPath: m.mountPath!, ...(m.readOnly && { readOnly: true, recursiveReadOnly: m.recursiveReadOnly ?? "Disabled" }) })) };
}

function stateOf(record: ContainerRecord, facts: ContainerFacts): ContainerStateStatus {
  if (record.state === "running") return { running: { startedAt: formatTime(record.startedAtMs) } };
  if (record.state === "exited") {
    const message = facts.terminationMessage(record);
    return {
      terminated: {
        exitCode: record.exitCode, reason: record.reason || (record.exitCode === 0 ? "Completed" : "Error"), ...(message && { message }),
        startedAt: record.startedAtMs ? formatTime(record.startedAtMs) : null, finishedAt: record.finishedAtMs ? formatTime(record.finishedAtMs) : null,
        containerID: containerId(record, facts),
      },
    };
  }
  return { waiting: { reason: "ContainerCreating" } };
}

const containerId = (record: ContainerRecord, facts: ContainerFacts): string => `${facts.runtimeName}://${record.id}`;
