import { expect, test } from "vitest";
import { aPod, rest, testPod } from "./test-pod.ts";

const condition = (status: { conditions?: { type: string; status: string; reason?: string; message?: string }[] }, type: string) => status.conditions?.find((c) => c.type === type);

test("a pod runs and is ready", async () => {
  await using pod = await testPod(aPod());
  expect(pod.status()).toMatchObject({ phase: "Running", qosClass: "BestEffort", podIP: expect.any(String), hostIP: "192.0.2.1" });
  expect(pod.status().containerStatuses).toMatchObject([{ ready: true, started: true, restartCount: 0, state: { running: {} } }]);
  expect(condition(pod.status(), "Ready")?.status).toBe("True");
  expect(pod.events.map((e) => e.reason)).toEqual(["Pulled", "Created", "Started"]);
});

test("a crashing container restarts at once, then waits for its back-off", async () => {
  await using pod = await testPod(aPod());
  await pod.exit("c", 1);
  expect(pod.status().containerStatuses![0]).toMatchObject({ restartCount: 1, state: { running: {} }, lastState: { terminated: { exitCode: 1, reason: "Error" } } });
  await pod.exit("c", 1);
  expect(pod.status().containerStatuses![0]).toMatchObject({ restartCount: 1, state: { waiting: { reason: "CrashLoopBackOff", message: expect.stringContaining("back-off 10s restarting failed container=c") } } });
  expect(condition(pod.status(), "Ready")).toMatchObject({ status: "False", reason: "ContainersNotReady", message: "containers with unready status: [c]" });
  await pod.clock.advance(10_000);
  expect(pod.status().containerStatuses![0]).toMatchObject({ restartCount: 2, state: { running: {} } });
  await pod.exit("c", 1);
  expect(pod.status().containerStatuses![0]!.state.waiting?.message).toContain("back-off 20s");
});

test("init containers run one after another before the others, a sidecar goes on beside them", async () => {
  await using pod = await testPod(aPod({ initContainers: [{ name: "a", image: "x:1" }, { name: "side", image: "x:1", restartPolicy: "Always" }, { name: "b", image: "x:1" }] }));
  const running = async () => (await pod.runtime.listContainers()).filter((c) => c.state === "running").map((c) => c.name).sort();
  expect(await running()).toEqual(["a"]);
  expect(condition(pod.status(), "Initialized")).toMatchObject({ status: "False", reason: "ContainersNotInitialized", message: "containers with incomplete status: [a side b]" });
  await pod.exit("a", 0);
  expect(await running()).toEqual(["b", "side"]);
  await pod.exit("b", 0);
  expect(await running()).toEqual(["c", "side"]);
  expect(pod.status().phase).toBe("Running");
  expect(condition(pod.status(), "Initialized")?.status).toBe("True");
});

test("a finished pod that is never restarted succeeds or fails, and its sidecar ends with it", async () => {
  await using pod = await testPod(aPod({ restartPolicy: "Never", initContainers: [{ name: "side", image: "x:1", restartPolicy: "Always" }] }));
  await pod.exit("c", 0);
  expect(pod.status().phase).toBe("Succeeded");
  expect(condition(pod.status(), "Ready")).toMatchObject({ status: "False", reason: "PodCompleted" });
  expect((await pod.runtime.listContainers()).filter((c) => c.state === "running")).toEqual([]);
  await using failed = await testPod(aPod({ restartPolicy: "Never" }));
  await failed.exit("c", 3);
  expect(failed.status()).toMatchObject({ phase: "Failed", containerStatuses: [{ state: { terminated: { exitCode: 3 } } }] });
});

test("an init container that fails fails a pod that is never restarted", async () => {
  await using pod = await testPod(aPod({ restartPolicy: "Never", initContainers: [{ name: "a", image: "x:1" }] }));
  await pod.exit("a", 1);
  expect(pod.status().phase).toBe("Failed");
  expect((await pod.runtime.listContainers()).map((c) => c.name)).toEqual(["a"]);
});

test("deletion ends the containers, removes everything and only then finishes", async () => {
  await using pod = await testPod(aPod());
  pod.worker.update({ ...pod.worker.state.pod, metadata: { ...pod.worker.state.pod.metadata, deletionTimestamp: "2026-01-01T00:00:30Z", deletionGracePeriodSeconds: 30 } });
  await rest();
  expect(pod.finished()).toBeDefined();
  expect(await pod.runtime.listContainers()).toEqual([]);
  expect(await pod.runtime.listSandboxes()).toEqual([]);
  expect(pod.events.map((e) => e.message)).toContain("Stopping container c");
});

test("a missing ConfigMap in the environment is a CreateContainerConfigError until it is there", async () => {
  await using pod = await testPod(aPod({ containers: [{ name: "c", image: "web:1", env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "cm", key: "k" } } }] }] }));
  expect(pod.status().containerStatuses![0]!.state).toEqual({ waiting: { reason: "CreateContainerConfigError", message: 'configmap "cm" not found' } });
  pod.objects.set("configmaps/cm", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "cm" }, data: { k: "v" } });
  await pod.clock.advance(5000);
  expect(pod.status().phase).toBe("Running");
});

test("a missing volume source holds the pod back and is told", async () => {
  await using pod = await testPod(aPod({ volumes: [{ name: "v", secret: { secretName: "s" } }] }));
  expect(await pod.runtime.listSandboxes()).toEqual([]);
  expect(pod.events[0]).toMatchObject({ reason: "FailedMount", message: 'MountVolume.SetUp failed for volume "v" : secret "s" not found' });
  expect(condition(pod.status(), "PodReadyToStartContainers")?.status).toBe("False");
});

test("a dead sandbox is replaced with everything in it", async () => {
  await using pod = await testPod(aPod());
  await pod.runtime.stopSandbox((await pod.runtime.listSandboxes())[0]!.id);
  await rest();
  const [sandbox] = await pod.runtime.listSandboxes();
  expect(sandbox).toMatchObject({ ready: true, attempt: 1 });
  expect(pod.status().containerStatuses).toMatchObject([{ restartCount: 1, state: { running: {} } }]);
});

test("a pod that does not fit is refused", async () => {
  await using pod = await testPod(aPod(), { refusal: () => ({ reason: "OutOfcpu", message: "Node didn't have enough resource: cpu" }) });
  expect(pod.status()).toMatchObject({ phase: "Failed", reason: "OutOfcpu", message: "Pod was rejected: Node didn't have enough resource: cpu" });
  expect(await pod.runtime.listContainers()).toEqual([]);
});

test("a pod beyond its active deadline fails", async () => {
  await using pod = await testPod(aPod({ activeDeadlineSeconds: 60 }));
  await pod.clock.advance(61_000);
  expect(pod.status()).toMatchObject({ phase: "Failed", reason: "DeadlineExceeded" });
});

test("an image name that is none is told as such", async () => {
  await using pod = await testPod(aPod({ containers: [{ name: "c", image: "Not An Image" }] }));
  expect(pod.status().containerStatuses![0]!.state.waiting?.reason).toBe("InvalidImageName");
});

test("a worker that starts anew finds its containers running and leaves them", async () => {
  await using pod = await testPod(aPod());
  const before = await pod.runtime.listContainers();
  const { PodWorker } = await import("./worker.ts");
  const again = new PodWorker({ ...aPod(), status: pod.status() }, pod.env, () => {});
  again.wake();
  await rest();
  expect(await pod.runtime.listContainers()).toEqual(before);
  expect(pod.status().containerStatuses).toMatchObject([{ ready: true, restartCount: 0 }]);
  await again.stop();
});

test("a rule by exit code restarts a container of a pod that never restarts", async () => {
  const rules = [{ action: "Restart", exitCodes: { operator: "In", values: [42] } }];
  await using pod = await testPod(aPod({ restartPolicy: "Never", containers: [{ name: "c", image: "web:1", restartPolicy: "Never", restartPolicyRules: rules }] }));
  await pod.exit("c", 42);
  expect(pod.status()).toMatchObject({ phase: "Running", containerStatuses: [{ restartCount: 1, state: { running: {} } }] });
  await pod.exit("c", 7);
  expect(pod.status()).toMatchObject({ phase: "Failed", containerStatuses: [{ restartCount: 1, state: { terminated: { exitCode: 7 } } }] });
});

test("resources change in place, and not beyond what the node has", async () => {
  const sized = (cpu: string) => aPod({ containers: [{ name: "c", image: "web:1", resources: { limits: { cpu } } }] });
  let full: { reason: string; message: string } | undefined;
  await using pod = await testPod(sized("1"), { refusal: () => full });
  pod.worker.update({ ...sized("2"), status: pod.status() });
  await rest();
  expect(pod.status().containerStatuses![0]).toMatchObject({ restartCount: 0, resources: { limits: { cpu: "2" } } });
  full = { reason: "OutOfcpu", message: "Node didn't have enough resource: cpu, requested: 9000, used: 5, capacity: 2000" };
  pod.worker.update({ ...sized("9"), status: pod.status() });
  await rest();
  expect(condition(pod.status(), "PodResizePending")).toMatchObject({ status: "True", reason: "Infeasible", message: "Node didn't have enough capacity: cpu, requested: 9000, capacity: 2000" });
  expect(pod.status().containerStatuses![0]!.resources).toEqual({ limits: { cpu: "2" } });
  pod.worker.update({ ...sized("2"), status: pod.status() });
  await rest();
  expect(condition(pod.status(), "PodResizePending")).toBeUndefined();
});

test("an init container that runs gets other resources; when it is over its size is of no account", async () => {
  const sized = (cpu: string) => aPod({ initContainers: [{ name: "i", image: "web:1", resources: { limits: { cpu } } }] });
  await using pod = await testPod(sized("1"));
  pod.worker.update({ ...sized("2"), status: pod.status() });
  await rest();
  expect(pod.status().initContainerStatuses![0]).toMatchObject({ restartCount: 0, resources: { limits: { cpu: "2" } } });
  await pod.exit("i", 0);
  pod.worker.update({ ...sized("3"), status: pod.status() });
  await rest();
  expect(pod.status()).toMatchObject({ initContainerStatuses: [{ restartCount: 0, state: { terminated: { exitCode: 0 } } }], containerStatuses: [{ state: { running: {} } }] });
  expect(condition(pod.status(), "PodResizePending")).toBeUndefined();
});

test("readiness goes on while the containers end", async () => {
  await using pod = await testPod(aPod({ containers: [{ name: "c", image: "web:1", lifecycle: { preStop: { sleep: { seconds: 5 } } } }] }));
  pod.worker.update({ ...pod.worker.state.pod, metadata: { ...pod.worker.state.pod.metadata, deletionTimestamp: "2026-01-01T00:00:30Z", deletionGracePeriodSeconds: 30 } });
  await rest();
  expect(pod.status().phase).toBe("Running");
  expect(pod.finished()).toBeUndefined();
  await pod.clock.advance(6000);
  expect(pod.finished()).toBeDefined();
});
