/** A pod's phase from the states of its containers, as the kubelet's getPhase has it. */
import { shouldRestart } from "../state.ts";
import { isSidecar, type ContainerStatus, type NamedContainer, type Pod, type PodPhase } from "../types.ts";

interface Tally { waiting: number; running: number; stopped: number; succeeded: number; unknown: number }

export function podPhase(pod: Pod, init: readonly ContainerStatus[], regular: readonly ContainerStatus[], isEnding: boolean): PodPhase {
  const initialization = initState(pod, init);
  const tally: Tally = { waiting: 0, running: 0, stopped: 0, succeeded: 0, unknown: 0 };
  for (const container of pod.spec.containers) count(tally, regular.find((s) => s.name === container.name));
  const policy = pod.spec.restartPolicy ?? "Always";
  if (initialization.failed && policy === "Never") return "Failed";
  if (isEnding) return endedPhase(tally, policy, pod, init, initialization);
  if (initialization.pending || initialization.failed) return "Pending";
  if (tally.waiting > 0) return "Pending";
  if (tally.unknown > 0) return "Pending";
  if (tally.running > 0) return "Running";
  if (tally.stopped === 0) return "Pending";
  if (policy === "Always" || pod.spec.containers.some((container) => willRestart(pod, container, regular))) return "Running";
  if (tally.stopped === tally.succeeded) return sidecarsRun(pod, init) ? "Running" : "Succeeded";
  if (policy === "Never") return sidecarsRun(pod, init) ? "Running" : "Failed";
  return "Running";
}

/** A container's own policy and rules may restart it in a pod that never restarts. */
function willRestart(pod: Pod, container: NamedContainer, statuses: readonly ContainerStatus[]): boolean {
  const ended = statuses.find((s) => s.name === container.name)?.state.terminated;
  return ended !== undefined && shouldRestart(pod, container, ended);
}

/** All containers are stopping or have stopped for good: a pod with restartPolicy Always ends too. */
function endedPhase(tally: Tally, policy: string, pod: Pod, init: readonly ContainerStatus[], initialization: { pending: boolean; failed: boolean }): PodPhase {
  if (tally.running > 0 || sidecarsRun(pod, init)) return tally.running > 0 && !initialization.pending ? "Running" : pod.status?.phase ?? "Running";
  if (initialization.failed || initialization.pending || tally.waiting + tally.unknown > 0) return tally.stopped > 0 || initialization.failed ? "Failed" : "Pending";
  return tally.stopped > 0 && tally.stopped === tally.succeeded && policy !== "Always" ? "Succeeded" : tally.stopped === tally.succeeded ? "Succeeded" : "Failed";
}

function sidecarsRun(pod: Pod, init: readonly ContainerStatus[]): boolean {
  return (pod.spec.initContainers ?? []).some((c) => isSidecar(c) && init.find((s) => s.name === c.name)?.state.running);
}

function initState(pod: Pod, statuses: readonly ContainerStatus[]): { pending: boolean; failed: boolean } {
  let pending = false;
  let failed = false;
  for (const container of pod.spec.initContainers ?? []) {
    const status = statuses.find((s) => s.name === container.name);
    const ended = status?.state.terminated ?? (status?.state.waiting ? status.lastState.terminated : undefined);
    if (isSidecar(container)) {
      if (!status?.started && !ended) pending = true;
    } else if (!ended || status?.state.running) pending = true;
    else if (ended.exitCode !== 0) failed = true;
  }
  // Once a container of the second act has run, initialization is over (its containers may have been collected).
  return { pending: pending && !hasStarted(pod), failed };
}

const hasStarted = (pod: Pod): boolean => (pod.status?.containerStatuses ?? []).some((s) => s.state.running || s.state.terminated || s.lastState.terminated);

function count(tally: Tally, status: ContainerStatus | undefined): void {
  if (!status) tally.unknown++;
  else if (status.state.running) tally.running++;
  else if (status.state.terminated) {
    tally.stopped++;
    if (status.state.terminated.exitCode === 0) tally.succeeded++;
  } else if (status.state.waiting && status.lastState.terminated) tally.stopped++;
  else tally.waiting++;
}
