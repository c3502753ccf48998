import { expect, test } from "vitest";
import type { Pod } from "../../types/core-v1.generated.ts";
import { columns } from "./columns.ts";

const NOW = Date.parse("2026-01-01T01:00:00Z");
type Loose = Record<string, unknown>;

function row(pod: { metadata?: Loose; spec?: Loose; status?: Loose }): Record<string, unknown> {
  const obj = {
    apiVersion: "v1", kind: "Pod", metadata: { name: "p", creationTimestamp: "2026-01-01T00:00:00Z", ...pod.metadata },
    spec: { containers: [{ name: "a" }], ...pod.spec }, status: { phase: "Running", ...pod.status },
  } as unknown as Pod;
  return Object.fromEntries(columns.map((column) => [column.name, column.value(obj, NOW)]));
}

const running = { name: "a", ready: true, restartCount: 0, state: { running: {} } };
const ended = (fields: Loose) => ({ name: "a", restartCount: 0, state: { terminated: fields } });
const waiting = (reason: string, more: Loose = {}) => ({ name: "a", restartCount: 0, state: { waiting: { reason } }, ...more });
const init = [{ name: "i" }, { name: "j" }];

test.each<[string, Parameters<typeof row>[0], Loose]>([
  ["running", { status: { containerStatuses: [running] } }, { Ready: "1/1", Status: "Running", Restarts: "0", Age: "60m" }],
  ["pending", { status: { phase: "Pending" } }, { Ready: "0/1", Status: "Pending" }],
  ["evicted", { status: { phase: "Failed", reason: "Evicted" } }, { Status: "Evicted" }],
  ["gated", { status: { phase: "Pending", conditions: [{ type: "PodScheduled", reason: "SchedulingGated" }] } }, { Status: "SchedulingGated" }],
  ["creating", { status: { phase: "Pending", containerStatuses: [waiting("ContainerCreating")] } }, { Status: "ContainerCreating" }],
  ["crashing", { status: { containerStatuses: [waiting("CrashLoopBackOff", { restartCount: 3, lastState: { terminated: { finishedAt: "2026-01-01T00:55:00Z" } } })] } },
    { Ready: "0/1", Status: "CrashLoopBackOff", Restarts: "3 (5m ago)" }],
  ["completed", { status: { phase: "Succeeded", containerStatuses: [ended({ reason: "Completed", exitCode: 0 })] } }, { Status: "Completed" }],
  ["ended by exit code", { status: { phase: "Failed", containerStatuses: [ended({ exitCode: 3 })] } }, { Status: "ExitCode:3" }],
  ["ended by signal", { status: { phase: "Failed", containerStatuses: [ended({ exitCode: 137, signal: 9 })] } }, { Status: "Signal:9" }],
  ["one of two completed", { spec: { containers: [{ name: "a" }, { name: "b" }] }, status: { conditions: [{ type: "Ready", status: "True" }], containerStatuses: [ended({ reason: "Completed" }), { ...running, name: "b" }] } },
    { Ready: "1/2", Status: "Running" }],
  ["one of two completed, the other not ready", { spec: { containers: [{ name: "a" }, { name: "b" }] }, status: { containerStatuses: [ended({ reason: "Completed" }), { ...running, name: "b" }] } },
    { Status: "NotReady" }],
  ["initializing", { spec: { initContainers: init }, status: { phase: "Pending", initContainerStatuses: [ended({ exitCode: 0 }), { name: "j", restartCount: 0, state: { running: {} } }] } }, { Status: "Init:1/2" }],
  ["an init container fails", { spec: { initContainers: init }, status: { phase: "Pending", initContainerStatuses: [{ name: "i", restartCount: 2, state: { terminated: { exitCode: 1, reason: "Error" } } }] } }, { Status: "Init:Error", Restarts: "2" }],
  ["an init container cannot start", { spec: { initContainers: init }, status: { phase: "Pending", initContainerStatuses: [waiting("ImagePullBackOff")] } }, { Status: "Init:ImagePullBackOff" }],
  ["waiting for the first container", { spec: { initContainers: [init[0]] }, status: { phase: "Pending", initContainerStatuses: [ended({ exitCode: 0 })], containerStatuses: [waiting("PodInitializing")] } }, { Status: "PodInitializing" }],
  ["a sidecar counts", { spec: { initContainers: [{ name: "i", restartPolicy: "Always" }] }, status: { initContainerStatuses: [{ ...running, name: "i", started: true, restartCount: 1 }], containerStatuses: [running] } },
    { Ready: "2/2", Restarts: "1" }],
  ["terminating", { metadata: { deletionTimestamp: "2026-01-01T01:00:30Z" }, status: { containerStatuses: [running] } }, { Status: "Terminating" }],
  ["terminating on a lost node", { metadata: { deletionTimestamp: "2026-01-01T01:00:30Z" }, status: { reason: "NodeLost" } }, { Status: "Unknown" }],
  ["being deleted after its end", { metadata: { deletionTimestamp: "2026-01-01T01:00:30Z" }, status: { phase: "Succeeded", containerStatuses: [ended({ reason: "Completed" })] } }, { Status: "Completed" }],
  ["wide", { spec: { nodeName: "n1", readinessGates: [{ conditionType: "a" }, { conditionType: "b" }] }, status: { podIPs: [{ ip: "10.1.1.1" }], conditions: [{ type: "a", status: "True" }] } },
    { IP: "10.1.1.1", Node: "n1", "Nominated Node": "<none>", "Readiness Gates": "1/2" }],
])("a pod is shown as kubectl shows it: %s", (_name, pod, expected) => {
  expect(row(pod)).toMatchObject(expected);
});
