/** Pods through the agent's workers on a real containerd of their own, in a network namespace of their own. Needs root. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../agent/clock.ts";
import { startContainerd, type Containerd } from "../../agent/node/containerd.ts";
import { systemMounts } from "../../agent/node/mounts.ts";
import { ImagePuller } from "../../agent/pod/containers/image-puller.ts";
import { PodPaths, type PodEnvironment } from "../../agent/pod/environment.ts";
import { EventRecorder } from "../../agent/pod/events.ts";
import { PodCgroups } from "../../agent/pod/resources/cgroup.ts";
import type { Pod, PodStatus } from "../../agent/pod/types.ts";
import { PodWorker } from "../../agent/pod/worker.ts";
import { CriRuntime } from "../../agent/runtime/cri.ts";
import { importImage } from "../../agent/runtime/import-image.ts";
import { BUSYBOX_IMAGE, writeBusyboxImage } from "../../scripts/busybox-image.ts";

const isPossible = process.getuid?.() === 0 && ["/usr/bin/containerd", "/usr/lib/cni/bridge", "/bin/busybox"].every((path) => existsSync(path));
const NETNS = `isopod-agent-test-${process.pid}`;
const CGROUP = `/isopod-agent-test-${process.pid}`;

let dir: string;
let containerd: Containerd;
let runtime: CriRuntime;
let env: PodEnvironment;
const statuses = new Map<string, PodStatus>();
const finished = new Set<string>();

beforeAll(async () => {
  if (!isPossible) return;
  dir = mkdtempSync("/tmp/isopod-agent-");
  execFileSync("ip", ["netns", "add", NETNS]);
  execFileSync("ip", ["-n", NETNS, "link", "set", "lo", "up"]);
  mkdirSync(join(dir, "cd/cni"), { recursive: true });
  writeFileSync(join(dir, "cd/cni/10-test.conflist"), JSON.stringify({ cniVersion: "0.4.0", name: "test", plugins: [
    { type: "bridge", bridge: "cni0", isGateway: true, ipam: { type: "host-local", dataDir: join(dir, "addresses"), ranges: [[{ subnet: "10.244.77.0/24" }]] } },
  ] }));
  containerd = await startContainerd({ dir: join(dir, "cd"), netns: `/run/netns/${NETNS}`, cgroupParent: CGROUP });
  await writeBusyboxImage(join(dir, "busybox.tar"));
  await importImage(containerd.endpoint, join(dir, "busybox.tar"));
  runtime = new CriRuntime(containerd.endpoint);
  const events = new EventRecorder({ clock: systemClock, node: "n1", sink: async () => true });
  env = {
    node: { name: "n1", ips: ["192.0.2.1"], clusterDns: ["10.96.0.10"], clusterDomain: "cluster.local", memoryBytes: 8e9, allocatable: () => ({ cpu: "2", memory: "8Gi" }), resolvConf: "" },
    runtime, runtimeName: "containerd", clock: systemClock, paths: new PodPaths(join(dir, "agent")), cgroups: new PodCgroups(CGROUP, 512), hasVolumes: true,
    objects: { get: async () => ({ apiVersion: "v1", kind: "ConfigMap", metadata: {}, data: { greeting: "hello" } }), release: () => {} }, services: { list: () => [], ready: async () => {} },
    tokens: { request: async () => ({ token: "t", expiresAtMs: Date.now() + 3_600_000 }) }, mounts: systemMounts, events, images: new ImagePuller({ runtime, events, clock: systemClock }),
    refusal: () => undefined, log: () => {}, publishStatus: (pod, status) => { statuses.set(pod.metadata.uid, status); }, finishDeletion: (pod) => { finished.add(pod.metadata.uid); },
  };
}, 60_000);

afterAll(async () => {
  if (!isPossible) return;
  runtime?.close();
  await containerd?.stop();
  execFileSync("ip", ["netns", "del", NETNS]);
  rmSync(dir, { recursive: true, force: true });
  expect(readFileSync("/proc/mounts", "utf8")).not.toContain(dir);
  expect(existsSync(`/sys/fs/cgroup/pids${CGROUP}`) || existsSync(`/sys/fs/cgroup${CGROUP}`)).toBe(false);
}, 60_000);

function aPod(name: string, spec: Partial<Pod["spec"]>): Pod {
  return { metadata: { name, namespace: "default", uid: `uid-${name}`, generation: 1 }, spec: { restartPolicy: "Always", terminationGracePeriodSeconds: 2, containers: [], ...spec } };
}

async function run(pod: Pod): Promise<{ worker: PodWorker; end(): Promise<void> }> {
  const worker = new PodWorker(pod, env, () => {});
  const stop = runtime.watchEvents(() => worker.wake());
  worker.wake();
  return { worker, async end() {
    worker.update({ ...worker.state.pod, metadata: { ...pod.metadata, deletionTimestamp: new Date().toISOString(), deletionGracePeriodSeconds: 2 } });
    await until(() => finished.has(pod.metadata.uid));
    stop();
    await worker.stop();
  } };
}

async function until(condition: () => boolean | undefined): Promise<void> {
  for (let i = 0; i < 400; i++) { if (condition()) return; await sleep(50); }
  throw new Error(`never came true; statuses: ${JSON.stringify([...statuses])}`);
}

test.skipIf(!isPossible)("a pod with volumes, variables and probes runs, tells its log, and leaves nothing behind", async () => {
  const pod = aPod("web", {
    volumes: [{ name: "cm", configMap: { name: "cm" } }, { name: "dir", emptyDir: {} }],
    initContainers: [{ name: "first", image: BUSYBOX_IMAGE, command: ["sh", "-c", "echo made > /dir/file"], volumeMounts: [{ name: "dir", mountPath: "/dir" }] }],
    containers: [{
      name: "c", image: BUSYBOX_IMAGE, command: ["sh", "-c", "echo $(GREETING) $(cat /cm/greeting) $(cat /dir/file) $(id -u); trap 'exit 0' TERM; sleep 1000 & wait"],
      env: [{ name: "GREETING", valueFrom: { configMapKeyRef: { name: "cm", key: "greeting" } } }], volumeMounts: [{ name: "cm", mountPath: "/cm" }, { name: "dir", mountPath: "/dir" }],
      readinessProbe: { exec: { command: ["test", "-f", "/dir/file"] }, periodSeconds: 1 }, securityContext: { runAsUser: 1234 }, resources: { limits: { cpu: "200m", memory: "64Mi" } },
    }],
  });
  const running = await run(pod);
  await until(() => statuses.get("uid-web")?.conditions?.some((c) => c.type === "Ready" && c.status === "True"));
  expect(statuses.get("uid-web")).toMatchObject({ phase: "Running", podIP: expect.stringMatching(/^10\.244\.77\./), qosClass: "Burstable" });
  expect(readFileSync(join(env.paths.logs(pod), "c/0.log"), "utf8")).toContain("stdout F hello hello made 1234");
  await running.end();
  expect(existsSync(env.paths.pod("uid-web"))).toBe(false);
  expect(await runtime.listSandboxes("uid-web")).toEqual([]);
}, 60_000);

test.skipIf(!isPossible)("a crash restarts with its last state and termination message, and the message of an end is kept", async () => {
  const running = await run(aPod("crash", { containers: [{ name: "c", image: BUSYBOX_IMAGE, terminationMessagePath: "/dev/termination-log", command: ["sh", "-c", "echo -n why > /dev/termination-log; exit 3"] }] }));
  await until(() => statuses.get("uid-crash")?.containerStatuses?.[0]?.state.waiting?.reason === "CrashLoopBackOff");
  expect(statuses.get("uid-crash")!.containerStatuses![0]).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 3, reason: "Error", message: "why" } } });
  await running.end();
}, 60_000);

test.skipIf(!isPossible)("a worker that starts anew leaves the containers running", async () => {
  const pod = aPod("stay", { containers: [{ name: "c", image: BUSYBOX_IMAGE, command: ["sleep", "1000"] }] });
  const first = await run(pod);
  await until(() => statuses.get("uid-stay")?.phase === "Running");
  const id = statuses.get("uid-stay")!.containerStatuses![0]!.containerID;
  await first.worker.stop();
  statuses.delete("uid-stay");
  const second = await run(pod);
  await until(() => statuses.get("uid-stay")?.phase === "Running");
  expect(statuses.get("uid-stay")!.containerStatuses![0]).toMatchObject({ containerID: id, restartCount: 0, ready: true });
  await second.end();
}, 60_000);
