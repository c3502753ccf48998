/** The conditions that the kubelet owns, with upstream's reasons and messages; others are kept as they are. */
import { isSidecar, type ContainerStatus, type Pod, type PodCondition, type PodPhase } from "../types.ts";

export interface ConditionFacts { phase: PodPhase; init: readonly ContainerStatus[]; regular: readonly ContainerStatus[]; hasNetwork: boolean; pendingResize?: { reason: string; message: string } | undefined }

type Verdict = Pick<PodCondition, "status" | "reason" | "message">;
const RESIZE_PENDING = "PodResizePending";
const TRUE: Verdict = { status: "True" };

export function podConditions(pod: Pod, facts: ConditionFacts, nowText: string): PodCondition[] {
  const containersReady = containersReadyVerdict(pod, facts);
  const owned: [string, Verdict][] = [
    ["PodReadyToStartContainers", { status: facts.hasNetwork ? "True" : "False" }],
    ["Initialized", initializedVerdict(pod, facts)],
    ["Ready", readyVerdict(pod, containersReady)],
    ["ContainersReady", containersReady],
    ["PodScheduled", TRUE],
  ];
  if (facts.pendingResize) owned.push([RESIZE_PENDING, { status: "True", ...facts.pendingResize }]);
  const old = pod.status?.conditions ?? [];
  const names = new Set([...owned.map(([type]) => type), RESIZE_PENDING]);
  return [...old.filter((c) => !names.has(c.type)), ...owned.map(([type, verdict]) => condition(pod, type, verdict, old, nowText))];
}

/** The transition time moves with the status only. */
function condition(pod: Pod, type: string, verdict: Verdict, old: readonly PodCondition[], nowText: string): PodCondition {
  const before = old.find((c) => c.type === type);
  return {
    type, status: verdict.status, observedGeneration: pod.metadata.generation ?? 1, lastProbeTime: null,
    lastTransitionTime: before?.status === verdict.status ? (before.lastTransitionTime ?? nowText) : nowText,
    ...(verdict.reason && { reason: verdict.reason }), ...(verdict.message && { message: verdict.message }),
  };
}

function initializedVerdict(pod: Pod, facts: ConditionFacts): Verdict {
  const unknown: string[] = [];
  const incomplete: string[] = [];
  for (const container of pod.spec.initContainers ?? []) {
    const status = facts.init.find((s) => s.name === container.name);
    if (!status) unknown.push(container.name);
    else if (isSidecar(container) ? !status.started : !status.ready) incomplete.push(container.name);
  }
  if (facts.phase === "Succeeded" && unknown.length === 0) return { status: "True", reason: "PodCompleted" };
  if (unknown.length === 0 && incomplete.length === 0) return TRUE;
  if (facts.regular.some((s) => s.state.running || s.state.terminated || s.lastState.terminated)) return TRUE;
  return { status: "False", reason: "ContainersNotInitialized", message: listed([["containers with unknown status", unknown], ["containers with incomplete status", incomplete]]) };
}

function containersReadyVerdict(pod: Pod, facts: ConditionFacts): Verdict {
  const unknown: string[] = [];
  const unready: string[] = [];
  const consider = (name: string, statuses: readonly ContainerStatus[]): void => {
    const status = statuses.find((s) => s.name === name);
    if (!status) unknown.push(name);
    else if (!status.ready) unready.push(name);
  };
  (pod.spec.initContainers ?? []).filter(isSidecar).forEach((c) => consider(c.name, facts.init));
  pod.spec.containers.forEach((c) => consider(c.name, facts.regular));
  if (facts.phase === "Succeeded" && unknown.length === 0) return { status: "False", reason: "PodCompleted" };
  if (facts.phase === "Failed") return { status: "False", reason: "PodFailed" };
  if (unknown.length === 0 && unready.length === 0) return TRUE;
  return { status: "False", reason: "ContainersNotReady", message: listed([["containers with unknown status", unknown], ["containers with unready status", unready]]) };
}

function readyVerdict(pod: Pod, containersReady: Verdict): Verdict {
  if (containersReady.status !== "True") return containersReady;
  const messages: string[] = [];
  for (const { conditionType = "" } of pod.spec.readinessGates ?? []) {
    const gate = pod.status?.conditions?.find((c) => c.type === conditionType);
    if (!gate) messages.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (gate.status !== "True") messages.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`);
  }
  return messages.length === 0 ? TRUE : { status: "False", reason: "ReadinessGatesNotReady", message: messages.join(", ") };
}

const listed = (lists: [string, string[]][]): string =>
  lists.filter(([, names]) => names.length > 0).map(([text, names]) => `${text}: [${names.join(" ")}]`).join(", ");
