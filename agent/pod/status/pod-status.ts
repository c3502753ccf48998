/** The whole status of a pod from what the worker knows; see container-statuses.ts, phase.ts and conditions.ts. */
import { formatTime } from "../../../src/kinds/values/time.ts";
import type { PodEnvironment } from "../environment.ts";
import { terminationMessage } from "../containers/termination-message.ts";
import { appliedResources } from "../resources/resize.ts";
import { qosClass } from "../resources/qos.ts";
import type { PodState } from "../state.ts";
import { isTerminalPhase, type Pod, type PodStatus } from "../types.ts";
import { podConditions } from "./conditions.ts";
import { containerStatuses, type ContainerFacts } from "./container-statuses.ts";
import { podPhase } from "./phase.ts";

/** `isEnding`: no container will be started any more. */
export function podStatus(state: PodState, env: PodEnvironment, isEnding: boolean): PodStatus {
  const { pod } = state;
  const facts = containerFacts(state, env);
  const init = containerStatuses(pod, "init", pod.spec.initContainers ?? [], facts);
  const regular = containerStatuses(pod, "regular", pod.spec.containers, facts);
  const ephemeral = containerStatuses(pod, "ephemeral", pod.spec.ephemeralContainers ?? [], facts);
  const phase = finalPhase(pod, state, podPhase(pod, init, regular, isEnding), isEnding);
  const ips = podIps(state, env);
  const now = formatTime(env.clock.now());
  const hostIps = env.node.ips.map((ip) => ({ ip }));
  return {
    observedGeneration: pod.metadata.generation ?? 1, phase,
    conditions: podConditions(pod, { phase, init, regular, hasNetwork: state.sandbox !== undefined && (pod.spec.hostNetwork === true || state.ips.length > 0), pendingResize: state.pendingResize }, now),
    ...(state.verdict && { reason: state.verdict.reason, message: state.verdict.message }),
    ...(hostIps[0] && { hostIP: hostIps[0].ip, hostIPs: hostIps }),
    ...(ips[0] && { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) }),
    startTime: pod.status?.startTime ?? formatTime(state.startedAtMs), qosClass: pod.status?.qosClass ?? qosClass(pod),
    ...(init.length > 0 && { initContainerStatuses: init }), containerStatuses: regular,
    ...(ephemeral.length > 0 && { ephemeralContainerStatuses: ephemeral }),
  };
}

function containerFacts(state: PodState, env: PodEnvironment): ContainerFacts {
  return {
    runtimeName: env.runtimeName, records: (name) => state.records(name), waiting: (name) => state.waiting.get(name),
    ready: (record) => state.isReady(record), started: (record) => state.isStarted(record), terminationMessage: (record) => terminationMessage(record, env.paths.logs(state.pod)),
    resources: (record) => appliedResources(state, record),
  };
}

/** A terminal phase is for ever; a verdict means failure once nothing runs. */
function finalPhase(pod: Pod, state: PodState, phase: PodStatus["phase"] & string, isEnding: boolean): NonNullable<PodStatus["phase"]> {
  if (isTerminalPhase(pod.status?.phase)) return pod.status!.phase!;
  if (state.verdict && isEnding && state.running().length === 0) return "Failed";
  return phase;
}

/** A finished pod keeps the addresses that it had. */
function podIps(state: PodState, env: PodEnvironment): string[] {
  if (state.pod.spec.hostNetwork) return state.sandboxes.length > 0 ? env.node.ips : [];
  return state.ips.length > 0 ? state.ips : (state.pod.status?.podIPs ?? []).map((p) => p.ip);
}
