import type { Container, ContainerStatus, Pod } from "../../types/core-v1.generated.ts";
import { isSidecar } from "../../pod-spec/effective-resources.ts";
import { conditionOf } from "./conditions.ts";
import { isTerminal } from "./readiness.ts";

/** What `kubectl get pods` says of a pod: the STATUS word, READY and RESTARTS. Follows upstream's printPod. */
export interface PodSummary { status: string; ready: number; total: number; restarts: number; lastRestartMs: number }

const NODE_UNREACHABLE = "NodeLost";

export function summarizePod(obj: Pod): PodSummary {
  const sidecars = new Set((obj.spec?.initContainers ?? []).filter(isSidecar).map((c: Container) => c.name));
  const summary: PodSummary = { status: phaseText(obj), ready: 0, total: (obj.spec?.containers?.length ?? 0) + sidecars.size, restarts: 0, lastRestartMs: 0 };
  const sidecarStatuses = (obj.status?.initContainerStatuses ?? []).filter((s) => sidecars.has(s.name));
  const isInitializing = readInitContainers(obj, sidecars, summary);
  if (!isInitializing || conditionOf(obj.status, "Initialized")?.status === "True") {
    summary.restarts = 0;
    summary.lastRestartMs = 0;
    for (const status of sidecarStatuses) countRestarts(status, summary);
    readContainers(obj, summary);
  }
  if (obj.metadata.deletionTimestamp && obj.status?.reason === NODE_UNREACHABLE) summary.status = "Unknown";
  else if (obj.metadata.deletionTimestamp && !isTerminal(obj)) summary.status = "Terminating";
  return summary;
}

function phaseText({ status }: Pod): string {
  if (conditionOf(status, "PodScheduled")?.reason === "SchedulingGated") return "SchedulingGated";
  return status?.reason || status?.phase || "";
}

/** Tells whether an init container is still at work or has failed; later ones are not looked at. */
function readInitContainers(obj: Pod, sidecars: ReadonlySet<string>, summary: PodSummary): boolean {
  for (const [i, status] of (obj.status?.initContainerStatuses ?? []).entries()) {
    countRestarts(status, summary);
    const { terminated, waiting } = status.state ?? {};
    if (terminated && (terminated.exitCode ?? 0) === 0) continue;
    if (sidecars.has(status.name) && status.started) {
      if (status.ready) summary.ready++;
      continue;
    }
    if (terminated) summary.status = `Init:${terminatedText(terminated)}`;
    else if (waiting?.reason && waiting.reason !== "PodInitializing") summary.status = `Init:${waiting.reason}`;
    else summary.status = `Init:${i}/${obj.spec?.initContainers?.length ?? 0}`;
    return true;
  }
  return false;
}

function readContainers(obj: Pod, summary: PodSummary): void {
  let hasRunning = false;
  let errorText = "";
  for (const status of (obj.status?.containerStatuses ?? []).toReversed()) {
    countRestarts(status, summary);
    const { waiting, terminated, running } = status.state ?? {};
    if (waiting?.reason) summary.status = waiting.reason;
    else if (terminated) {
      summary.status = terminatedText(terminated);
      if (terminated.exitCode) errorText = summary.status;
    } else if (status.ready && running) {
      hasRunning = true;
      summary.ready++;
    }
  }
  if (summary.status !== "Completed") return;
  if (hasRunning && conditionOf(obj.status, "Ready")?.status === "True") summary.status = "Running";
  else if (errorText) summary.status = errorText;
  else if (hasRunning) summary.status = "NotReady";
}

function terminatedText(state: { reason?: string; signal?: number; exitCode?: number }): string {
  return state.reason || (state.signal ? `Signal:${state.signal}` : `ExitCode:${state.exitCode ?? 0}`);
}

function countRestarts(status: ContainerStatus, summary: PodSummary): void {
  summary.restarts += status.restartCount ?? 0;
  const finished = status.lastState?.terminated?.finishedAt;
  if (finished) summary.lastRestartMs = Math.max(summary.lastRestartMs, Date.parse(finished));
}
