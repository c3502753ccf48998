/** Lives of pods on real nodes: init containers, sidecars, deletion, debugging, resizing, logs, node facts. After upstream's init_container.go, pods.go, ephemeral_containers.go, pod_resize.go. */
import { readFileSync, rmSync } from "node:fs";
import { expect } from "vitest";
import type { Pod } from "../../agent/pod/types.ts";
import { hasContainers, installation } from "./support/shared.ts";
import { forever, NodeBed, once, shell } from "./support/node-bed.ts";

const bed = new NodeBed("node-pods");
/** A directory of the machine, which nodes and this test see alike. */
const SHARED = `/tmp/isopod-sidecars-${process.pid}`;
const status = (pod: Pod, name: string) => [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.ephemeralContainerStatuses ?? [])].find((s) => s.name === name);
const condition = (pod: Pod, type: string) => pod.status?.conditions?.find((c) => c.type === type);

bed.case("init containers run once, in order, before a pod that is never restarted", {
  pod: { ...once, volumes: [{ name: "v", emptyDir: {} }], initContainers: ["a", "b"].map((name) => ({ name, ...shell(`echo ${name} >> /v/f`), volumeMounts: [{ name: "v", mountPath: "/v" }] })), containers: [{ ...shell("cat /v/f"), volumeMounts: [{ name: "v", mountPath: "/v" }] }] },
  async check(pod) {
    expect(await pod.output()).toBe("a\nb\n");
    const now = await pod.get();
    for (const s of now.status!.initContainerStatuses!) expect(s).toMatchObject({ ready: true, started: false, restartCount: 0, state: { terminated: { exitCode: 0, reason: "Completed" } } });
    expect(condition(now, "Initialized")?.status).toBe("True");
  },
});
bed.case("an init container that fails is tried again and holds the others back", {
  pod: { initContainers: [{ name: "bad", command: ["/bin/false"] }, { name: "next", command: ["/bin/true"] }], containers: [shell(forever)] },
  async check(pod) {
    const now = await pod.until((p) => (status(p, "bad")?.restartCount ?? 0) >= 2 && status(p, "bad")?.lastState.terminated !== undefined);
    expect(now.status!.phase).toBe("Pending");
    expect(condition(now, "Initialized")).toMatchObject({ status: "False", reason: "ContainersNotInitialized", message: "containers with incomplete status: [bad next]" });
    expect(status(now, "next")).toMatchObject({ state: { waiting: { reason: "PodInitializing" } }, ready: false });
    expect(status(now, "c")).toMatchObject({ state: { waiting: { reason: "PodInitializing" } }, restartCount: 0 });
    expect((await pod.events()).filter((e) => e.reason === "Started" && e.involvedObject.fieldPath === "spec.containers{c}")).toEqual([]);
  },
});
bed.case("an init container that fails fails a pod that is never restarted", {
  pod: { ...once, initContainers: [{ name: "ok", command: ["/bin/true"] }, { name: "bad", command: ["/bin/false"] }], containers: [shell("true")] },
  async check(pod) {
    const now = await pod.failed();
    expect(status(now, "bad")).toMatchObject({ state: { terminated: { exitCode: 1 } } });
    expect(status(now, "c")).toMatchObject({ state: { waiting: { reason: "PodInitializing" } }, ready: false, restartCount: 0 });
    expect(condition(now, "Initialized")).toMatchObject({ status: "False", message: "containers with incomplete status: [bad]" });
  },
});
bed.case("sidecars start in order, live beside the others, and end after them in reverse", {
  pod: { ...once, terminationGracePeriodSeconds: 20, volumes: [{ name: "v", hostPath: { path: SHARED, type: "DirectoryOrCreate" } }],
    initContainers: ["first", "second"].map((name) => ({ name, restartPolicy: "Always", ...shell(`echo start ${name} >> /v/f; trap 'echo end ${name} >> /v/f; exit 0' TERM; while :; do sleep 0.1; done`), startupProbe: { exec: { command: ["grep", "-q", `start ${name}`, "/v/f"] }, periodSeconds: 1 }, volumeMounts: [{ name: "v", mountPath: "/v" }] })),
    containers: [{ ...shell("echo main >> /v/f; sleep 1; echo main over >> /v/f"), volumeMounts: [{ name: "v", mountPath: "/v" }] }] },
  async check(pod) {
    await pod.succeeded();
    expect(readFileSync(`${SHARED}/f`, "utf8")).toBe("start first\nstart second\nmain\nmain over\nend second\nend first\n");
    rmSync(SHARED, { recursive: true });
  },
});
bed.case("a sidecar that ends is started again, and its failing does not fail the pod", {
  pod: { ...once, initContainers: [{ name: "side", restartPolicy: "Always", ...shell("sleep 1; exit 3") }], containers: [shell("sleep 3")] },
  async check(pod) {
    const now = await pod.succeeded();
    expect(status(now, "side")!.restartCount).toBeGreaterThanOrEqual(1);
  },
});

bed.case("a pod is first of generation 1, and every change of its specification is a new one that the node confirms", {
  pod: { containers: [shell(forever)] },
  async check(pod) {
    expect((await pod.ready()).metadata.generation).toBe(1);
    await pod.patch({ metadata: { labels: { x: "y" } } });
    await pod.patch({ spec: { activeDeadlineSeconds: 5000 } });
    const now = await pod.until((p) => p.status?.observedGeneration === 2);
    expect(now.metadata.generation).toBe(2);
    await pod.until((p) => p.status?.conditions?.every((c) => c.observedGeneration === 2));
    await pod.delete(1);
    await pod.gone();
  },
});
bed.case("a pod is deleted at once without a grace", {
  pod: { terminationGracePeriodSeconds: 600, containers: [shell("trap '' TERM; while :; do sleep 1; done")] },
  async check(pod) {
    await pod.running();
    const begun = Date.now();
    await pod.delete(0);
    await pod.gone();
    expect(Date.now() - begun).toBeLessThan(5000);
  },
});
bed.case("a pod that is deleted while it ends sooner goes sooner", {
  pod: { terminationGracePeriodSeconds: 600, containers: [shell("trap '' TERM; while :; do sleep 1; done")] },
  async check(pod) {
    await pod.running();
    await pod.delete();
    expect((await pod.get()).metadata.deletionGracePeriodSeconds).toBe(600);
    await pod.delete(2);
    await pod.gone(15_000);
  },
});
bed.case("a pending pod that is deleted never succeeds", {
  pod: { containers: [{ image: "isopod.example/none:2" }] },
  async check(pod) {
    await pod.until((p) => status(p, "c")?.state.waiting !== undefined);
    await pod.delete();
    await pod.gone();
  },
});
bed.case("a container added for debugging runs beside the others and is told in the status", {
  pod: { containers: [shell(forever)] },
  async check(pod) {
    await pod.running();
    const debug = (name: string) => ({ spec: { ephemeralContainers: [{ name, image: "isopod.example/busybox:1", targetContainerName: "c", stdin: true, tty: true, ...shell("echo polo; ps | grep -c 'trap'; sleep 600") }] } });
    await pod.patch(debug("debug"), "/ephemeralcontainers");
    const now = await pod.until((p) => status(p, "debug")?.state.running !== undefined);
    expect(status(now, "debug")).toMatchObject({ ready: false, restartCount: 0 });
    expect(await pod.logUntil(/polo/, "debug")).toContain("polo");
    await pod.patch(debug("again"), "/ephemeralcontainers");
    await pod.until((p) => status(p, "again")?.state.running !== undefined);
    expect((await pod.get()).metadata.generation).toBe(3);
  },
});

const quota = "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/memory.max";
const sizes = (cpu: string, memory: string) => ({ requests: { cpu, memory }, limits: { cpu, memory } });
bed.case("a container is resized while it runs", {
  pod: { containers: [{ ...shell(forever), resources: sizes("50m", "32Mi") }] },
  async check(pod) {
    await pod.ready();
    const before = status(await pod.get(), "c")!.containerID;
    await pod.patch({ spec: { containers: [{ name: "c", resources: sizes("80m", "48Mi") }] } }, "/resize");
    const now = await pod.until((p) => status(p, "c")?.resources?.limits?.["cpu"] === "80m");
    expect(status(now, "c")).toMatchObject({ containerID: before, restartCount: 0, resources: sizes("80m", "48Mi"), allocatedResources: { cpu: "80m", memory: "48Mi" } });
    expect(await pod.exec(quota)).toMatch(new RegExp(`^8000( 100000)?\n${48 << 20}\n$`));
    await pod.until((p) => p.status?.observedGeneration === p.metadata.generation);
    expect(condition(now, "PodResizePending")).toBeUndefined();
  },
});
bed.case("a container that wants to be restarted for it is", {
  pod: { containers: [{ ...shell(forever), resources: sizes("50m", "32Mi"), resizePolicy: [{ resourceName: "cpu", restartPolicy: "NotRequired" }, { resourceName: "memory", restartPolicy: "RestartContainer" }] }] },
  async check(pod) {
    await pod.ready();
    await pod.patch({ spec: { containers: [{ name: "c", resources: sizes("50m", "40Mi") }] } }, "/resize");
    const now = await pod.until((p) => status(p, "c")?.restartCount === 1 && status(p, "c")?.ready);
    expect(status(now, "c")).toMatchObject({ resources: sizes("50m", "40Mi") });
    expect(await pod.exec(quota)).toContain(`${40 << 20}`);
  },
});
bed.case("an init container is resized while it runs", {
  pod: { initContainers: [{ ...shell("until test -e /go; do sleep 0.1; done"), name: "i", resources: sizes("50m", "32Mi") }], containers: [{ ...shell(forever), resources: sizes("50m", "32Mi") }] },
  async check(pod) {
    const initStatus = (p: Pod) => p.status?.initContainerStatuses?.[0];
    await pod.until((p) => initStatus(p)?.state.running !== undefined);
    await pod.patch({ spec: { initContainers: [{ name: "i", resources: sizes("80m", "48Mi") }] } }, "/resize");
    await pod.until((p) => initStatus(p)?.resources?.limits?.["cpu"] === "80m");
    expect(await pod.exec(quota, "i")).toMatch(new RegExp(`^8000( 100000)?\n${48 << 20}\n$`));
    await pod.exec("touch /go", "i");
    await pod.ready();
    expect(initStatus(await pod.get())).toMatchObject({ restartCount: 0, state: { terminated: { exitCode: 0 } } });
  },
});
bed.case("a size that the node can never have is refused", {
  pod: { containers: [{ ...shell(forever), resources: sizes("50m", "32Mi") }] },
  async check(pod) {
    await pod.ready();
    await expect(pod.patch({ spec: { containers: [{ name: "c", resources: sizes("500", "32Mi") }] } }, "/resize")).rejects.toThrow(/Node didn't have enough allocatable resources: cpu, requested: 500000, allocatable: \d+/);
    expect(status(await pod.get(), "c")!.resources).toMatchObject({ limits: { cpu: "50m" } });
  },
});

bed.case("logs: chosen by tail, bytes, time, stream and attempt", {
  pod: { restartPolicy: "OnFailure", volumes: [{ name: "v", emptyDir: {} }], containers: [{ ...shell("if [ ! -f /v/x ]; then touch /v/x; echo first try; exit 1; fi; for i in 1 2 3 4 5; do echo line $i; done; sleep 0.3; echo wrong >&2; sleep 2; echo late"), volumeMounts: [{ name: "v", mountPath: "/v" }] }] },
  async check(pod) {
    await pod.succeeded();
    expect(await pod.log("c", "tailLines=2")).toBe("wrong\nlate\n");
    expect(await pod.log("c", "limitBytes=6")).toBe("line 1");
    expect(await pod.log("c", "previous=true")).toBe("first try\n");
    expect(await pod.log("c", "stream=Stderr")).toBe("wrong\n");
    expect(await pod.log("c", "timestamps=true&tailLines=1")).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z late\n$/);
    const stamp = (await pod.log("c", "timestamps=true&tailLines=1")).split(" ")[0]!;
    expect(await pod.log("c", `sinceTime=${stamp.replace(/\.\d+/, "")}`)).toContain("late");
    expect(await pod.log("c", "sinceSeconds=3600&tailLines=0")).toBe("");
    expect(await pod.log("c", "follow=true")).toMatch(/^line 1\n[^]*late\n$/);
  },
});
bed.case("a long line is one line", {
  pod: { ...once, containers: [shell("head -c 40000 /dev/zero | tr '\\0' x; echo; echo after")] },
  async check(pod) {
    expect(await pod.output()).toBe(`${"x".repeat(40000)}\nafter\n`);
    expect(await pod.log("c", "tailLines=2")).toBe(`${"x".repeat(40000)}\nafter\n`);
  },
});
bed.case("commands run in the container, with their codes and both streams", {
  pod: { containers: [shell(forever)] },
  async check(pod) {
    await pod.running();
    expect(await pod.exec("echo out; echo err >&2; hostname")).toMatch(/out\n/);
    expect((await bed.status("GET", `${pod.path}/log?container=none`))).toBe(400);
  },
});

bed.case("logs and commands over a WebSocket of any client", {
  pod: { ...once, containers: [{ name: "log", ...shell("echo container is alive; sleep 1") }, { name: "run", ...shell(forever) }] },
  async check(pod) {
    await pod.until((p) => status(p, "log")?.state.terminated !== undefined && status(p, "run")?.state.running !== undefined);
    expect(await pod.stream("log?container=log", "binary.k8s.io", String)).toBe("container is alive\n");
    const query = "exec?stdout=1&stderr=1&container=run&command=cat&command=/etc/resolv.conf";
    expect(await pod.stream(query, "v4.channel.k8s.io", (data) => (data[0] === 1 ? data.subarray(1).toString() : ""))).toContain("nameserver");
  },
});
bed.case("rules by exit code win over the policy", {
  pod: { ...once, volumes: [{ name: "v", emptyDir: {} }], containers: [{ ...shell("if [ -f /v/x ]; then exit 7; fi; touch /v/x; exit 42"), restartPolicy: "Never", restartPolicyRules: [{ action: "Restart", exitCodes: { operator: "In", values: [42] } }], volumeMounts: [{ name: "v", mountPath: "/v" }] }] },
  async check(pod) { expect(status(await pod.failed(), "c")).toMatchObject({ restartCount: 1, state: { terminated: { exitCode: 7 } }, lastState: { terminated: { exitCode: 42 } } }); },
});
bed.case("a pod that is put onto a node without room for it is refused by the node", {
  pod: { ...once, nodeName: hasContainers ? installation.nodes[0]!.name : "", containers: [{ ...shell("true"), resources: { requests: { cpu: "1000" } } }] },
  async check(pod) {
    const now = await pod.failed();
    expect(now.status).toMatchObject({ reason: "OutOfcpu", message: expect.stringMatching(/^Pod was rejected: Node didn't have enough resource: cpu, requested: 1000000, used: \d+, capacity: \d+$/), observedGeneration: 1 });
    expect(now.status!.conditions!.every((c) => c.observedGeneration === 1)).toBe(true);
    await pod.eventUntil("OutOfcpu");
  },
});
bed.case("a hundred changes of the specification are confirmed in the end", {
  pod: { containers: [shell(forever)] },
  async check(pod) {
    const begun = (await pod.ready()).metadata.generation!;
    for (let i = 0; i < 100; i++) await pod.patch({ spec: { tolerations: [{ key: `key-${i}`, operator: "Exists", effect: "NoSchedule" }, ...((await pod.get()).spec.tolerations ?? [])] } });
    const now = await pod.until((p) => p.status?.observedGeneration === begun + 100);
    expect(now.metadata.generation).toBe(begun + 100);
  },
});

bed.case("the node tells its capacity, conditions, addresses, images and itself, and has a lease", {
  pod: { containers: [shell(forever)] },
  async check(pod) {
    const { spec, status: { hostIP } = {} } = await pod.ready();
    const node = await bed.send<any>("GET", `/api/v1/nodes/${spec.nodeName}`); // eslint-disable-line @typescript-eslint/no-explicit-any
    expect(node.status.conditions.map((c: { type: string; status: string }) => `${c.type}=${c.status}`)).toEqual(["MemoryPressure=False", "DiskPressure=False", "PIDPressure=False", "Ready=True"]);
    expect(node.status.addresses).toEqual([{ type: "InternalIP", address: hostIP }, { type: "Hostname", address: spec.nodeName }]);
    expect(node.status.capacity).toMatchObject({ cpu: expect.stringMatching(/^\d+$/), memory: expect.stringMatching(/Ki$/), pods: "110", "ephemeral-storage": expect.any(String) });
    expect(node.status.nodeInfo).toMatchObject({ operatingSystem: "linux", kubeletVersion: expect.stringMatching(/^v1\.36\./), containerRuntimeVersion: expect.stringMatching(/^containerd:\/\/1\./) });
    expect(node.status.images.flatMap((i: { names: string[] }) => i.names)).toContain("isopod.example/busybox:1");
    expect(node.metadata.labels).toMatchObject({ "kubernetes.io/hostname": spec.nodeName, "kubernetes.io/os": "linux", "kubernetes.io/arch": expect.any(String) });
    const lease = async () => bed.send<any>("GET", `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${spec.nodeName}`); // eslint-disable-line @typescript-eslint/no-explicit-any
    expect((await lease()).spec).toMatchObject({ holderIdentity: spec.nodeName, leaseDurationSeconds: 40, renewTime: expect.any(String) });
  },
});
