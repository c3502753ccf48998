/** Which containers of a pod to start and to end next. Pure: from the spec and what has run. Upstream: computePodActions. */
import type { ContainerRecord } from "../../runtime/runtime.ts";
import { shouldRestart, type PodState } from "../state.ts";
import { isSidecar, type NamedContainer } from "../types.ts";
import { containerHash } from "./container-config.ts";

export interface ContainerPlan {
  start: NamedContainer[];
  stop: { record: ContainerRecord; message: string; graceSeconds?: number }[];
  /** Nothing runs and nothing is to run any more. */
  isDone: boolean;
}

export function planContainers(state: PodState): ContainerPlan {
  const plan: ContainerPlan = { start: [], stop: [], isDone: false };
  const initialized = planInit(state, plan);
  if (initialized === "failed") plan.isDone = true;
  if (initialized !== "done") return plan;
  let remaining = 0;
  for (const container of state.pod.spec.containers) {
    const record = state.current(container.name);
    if (!record || record.state === "created" || record.state === "unknown") { plan.start.push(container); remaining++; continue; }
    if (record.state === "exited") {
      if (shouldRestart(state.pod, container, record)) { plan.start.push(container); remaining++; }
      continue;
    }
    remaining++;
    condemn(state, container, record, plan);
  }
  plan.isDone = remaining === 0;
  return plan;
}

function planInit(state: PodState, plan: ContainerPlan): "done" | "waiting" | "failed" {
  const list = state.pod.spec.initContainers ?? [];
  const isOver = state.pod.spec.containers.some((c) => state.current(c.name));
  const mainEnded = isOver && state.pod.spec.containers.every((c) => {
    const record = state.current(c.name);
    return record?.state === "exited" && !shouldRestart(state.pod, c, record);
  });
  for (const container of list) {
    const record = state.current(container.name);
    if (isSidecar(container)) {
      if (mainEnded) continue;
      if (record?.state === "running") {
        condemn(state, container, record, plan);
        if (!isOver && !state.isStarted(record)) return "waiting";
      } else {
        plan.start.push(container);
        if (!isOver) return "waiting";
      }
      continue;
    }
    if (isOver) continue;
    if (record?.state === "exited" && record.exitCode === 0) continue;
    if (record?.state === "running") return "waiting";
    if (record?.state === "exited" && !shouldRestart(state.pod, container, record, true)) return "failed";
    plan.start.push(container);
    return "waiting";
  }
  return "done";
}

function condemn(state: PodState, container: NamedContainer, record: ContainerRecord, plan: ContainerPlan): void {
  const hash = record.annotations["io.kubernetes.container.hash"];
  if (hash && hash !== containerHash(container)) {
    plan.stop.push({ record, message: `Container ${container.name} definition changed, will be restarted` });
    return;
  }
  const failed = state.probes.failed(container.name, record.id);
  if (!failed) return;
  const probe = failed === "startup" ? container.startupProbe : container.livenessProbe;
  plan.stop.push({ record, message: `Container ${container.name} failed ${failed} probe, will be restarted`, graceSeconds: probe?.terminationGracePeriodSeconds });
}
