/** Containers: environment, commands, restart policies, exit states, termination messages, images. After upstream's e2e/common/node. */
import { expect } from "vitest";
import { configMap, forever, NodeBed, once, secret, shell } from "./support/node-bed.ts";

const bed = new NodeBed("node-containers");
const value = (name: string, text: string) => ({ name, value: text });
const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
const resource = (name: string, of: string, divisor?: string) => ({ name, valueFrom: { resourceFieldRef: { resource: of, ...(divisor && { divisor }) } } });

bed.case("variables refer to earlier ones and to nothing later", {
  pod: { ...once, containers: [{ ...shell("env"), env: [value("A", "a"), value("B", "b"), value("C", "$(A);;$(B)"), value("D", "$(LATER)-$$(A)-$(A"), value("LATER", "l"), value("E", "$$$(A)")] }] },
  async check(pod) {
    const lines = (await pod.output()).split("\n");
    expect(lines).toEqual(expect.arrayContaining(["C=a;;b", "D=$(LATER)-$(A)-$(A", "E=$a"]));
  },
});

bed.case("commands and arguments are expanded before the shell sees them", {
  pod: { ...once, containers: [
    { name: "cmd", command: ["sh", "-c", "echo cmd $(A) $$(A)"], env: [value("A", "first"), value("first", "x")] },
    { name: "args", command: ["echo"], args: ["$(A)", "$(NONE)", "$$(A)"], env: [value("A", "first")] },
  ] },
  async check(pod) {
    expect(await pod.output("args")).toBe("first $(NONE) $(A)\n");
    expect(await pod.log("cmd")).toContain("cmd first");
  },
});

bed.case("an image's own command is used, with arguments in place of its arguments", {
  pod: { ...once, containers: [{ args: ["echo", "from", "args"] }, { name: "own" }] },
  async check(pod) { expect(await pod.output("c")).toBe("from args\n"); },
});

bed.case("keys of ConfigMaps and Secrets become variables, all or chosen, with a prefix, optional ones silently absent", {
  objects: { ...configMap("env-cm", { "data-1": "value-1", "data.2": "value-2" }), ...secret("env-secret", { password: "p w" }) },
  pod: { ...once, containers: [{ command: ["env"],
    env: [{ name: "ONE", valueFrom: { configMapKeyRef: { name: "env-cm", key: "data-1" } } }, { name: "P", valueFrom: { secretKeyRef: { name: "env-secret", key: "password" } } },
      { name: "NOT", valueFrom: { configMapKeyRef: { name: "none", key: "x", optional: true } } }, { name: "NOR", valueFrom: { secretKeyRef: { name: "env-secret", key: "x", optional: true } } }],
    envFrom: [{ configMapRef: { name: "env-cm" } }, { prefix: "p-", configMapRef: { name: "env-cm" } }, { secretRef: { name: "env-secret" } }, { secretRef: { name: "none", optional: true } }] }] },
  async check(pod) {
    const lines = (await pod.output()).split("\n");
    expect(lines).toEqual(expect.arrayContaining(["ONE=value-1", "P=p w", "data-1=value-1", "data.2=value-2", "p-data-1=value-1", "password=p w"]));
    expect(lines.filter((l) => /^NO[TR]=/.test(l))).toEqual([]);
  },
});

bed.case("a pod's own facts become variables", {
  labels: { tier: "x" }, annotations: { note: "y" },
  pod: { ...once, containers: [{ ...shell("env"), resources: { requests: { cpu: "250m", memory: "32Mi" }, limits: { cpu: "1250m", memory: "64Mi" } },
    env: [field("NAME", "metadata.name"), field("NS", "metadata.namespace"), field("UID_", "metadata.uid"), field("IP", "status.podIP"), field("HOST", "status.hostIP"), field("IPS", "status.podIPs"), field("HOSTS", "status.hostIPs"),
      field("NODE", "spec.nodeName"), field("SA", "spec.serviceAccountName"), field("TIER", "metadata.labels['tier']"), field("NOTE", "metadata.annotations['note']"),
      resource("CPU_L", "limits.cpu"), resource("CPU_R", "requests.cpu"), resource("CPU_M", "requests.cpu", "1m"), resource("MEM_L", "limits.memory"), resource("MEM_R", "requests.memory", "1Mi")] }] },
  async check(pod) {
    const lines = (await pod.output()).split("\n");
    const { status, metadata, spec } = await pod.get();
    expect(lines).toEqual(expect.arrayContaining([`NAME=${pod.name}`, "NS=node-containers", `UID_=${metadata.uid}`, `IP=${status!.podIP}`, `HOST=${status!.hostIP}`, `IPS=${status!.podIP}`, `HOSTS=${status!.hostIP}`,
      `NODE=${spec.nodeName}`, "SA=default", "TIER=x", "NOTE=y", "CPU_L=2", "CPU_R=1", "CPU_M=250", `MEM_L=${64 << 20}`, "MEM_R=32"]));
  },
});

bed.case("limits that are not set are the node's", {
  pod: { ...once, containers: [{ ...shell("env"), env: [resource("CPU_L", "limits.cpu"), resource("MEM_L", "limits.memory"), resource("CPU_R", "requests.cpu")] }] },
  async check(pod) {
    const text = await pod.output();
    const node = await bed.send<{ status: { allocatable: { cpu: string; memory: string } } }>("GET", `/api/v1/nodes/${(await pod.get()).spec.nodeName}`);
    expect(text).toContain(`CPU_L=${node.status.allocatable.cpu}\n`);
    expect(text).toContain(`MEM_L=${parseInt(node.status.allocatable.memory, 10) * 1024}\n`);
    expect(text).toContain("CPU_R=0\n");
  },
});

bed.case("services of the namespace are in the environment", {
  objects: { services: [{ apiVersion: "v1", kind: "Service", metadata: { name: "foo-svc" }, spec: { selector: { a: "b" }, ports: [{ name: "web", port: 8765, targetPort: 8080 }] } }] },
  pod: { ...once, containers: [shell("env")] },
  async check(pod) {
    const text = await pod.output();
    for (const wanted of ["FOO_SVC_SERVICE_HOST=", "FOO_SVC_SERVICE_PORT=8765", "FOO_SVC_SERVICE_PORT_WEB=8765", "FOO_SVC_PORT=tcp://", "FOO_SVC_PORT_8765_TCP_PROTO=tcp", "FOO_SVC_PORT_8765_TCP_ADDR=", "KUBERNETES_SERVICE_HOST=", "KUBERNETES_SERVICE_PORT_HTTPS=443"]) expect(text).toContain(wanted);
  },
});

bed.case("service links can be turned off, but for the API's", {
  objects: { services: [{ apiVersion: "v1", kind: "Service", metadata: { name: "bar-svc" }, spec: { selector: { a: "b" }, ports: [{ port: 1 }] } }] },
  pod: { ...once, enableServiceLinks: false, containers: [shell("env")] },
  async check(pod) {
    const text = await pod.output();
    expect(text).not.toContain("BAR_SVC");
    expect(text).toContain("KUBERNETES_SERVICE_HOST=");
  },
});

const crash = (restartPolicy: string) => ({ restartPolicy, volumes: [{ name: "v", emptyDir: {} }],
  containers: [{ ...shell("if [ -f /v/x ]; then exit 0; fi; touch /v/x; exit 1"), volumeMounts: [{ name: "v", mountPath: "/v" }] }] });
bed.case("Never: a container that fails leaves a failed pod", {
  pod: crash("Never"),
  async check(pod) {
    const { status } = await pod.failed();
    expect(status!.containerStatuses![0]).toMatchObject({ restartCount: 0, ready: false, started: false, state: { terminated: { exitCode: 1, reason: "Error" } } });
    expect(status!.conditions).toEqual(expect.arrayContaining([expect.objectContaining({ type: "Ready", status: "False", reason: "PodFailed" })]));
    await pod.until((p) => p.status?.conditions?.some((c) => c.type === "PodReadyToStartContainers" && c.status === "False"));
  },
});
bed.case("OnFailure: it is run again until it succeeds", {
  pod: crash("OnFailure"),
  async check(pod) {
    const { status } = await pod.succeeded();
    expect(status!.containerStatuses![0]).toMatchObject({ restartCount: 1, state: { terminated: { exitCode: 0, reason: "Completed" } }, lastState: { terminated: { exitCode: 1 } } });
    expect(status!.conditions).toEqual(expect.arrayContaining([expect.objectContaining({ type: "Ready", status: "False", reason: "PodCompleted" }), expect.objectContaining({ type: "Initialized", status: "True", reason: "PodCompleted" })]));
  },
});
bed.case("Always: it is run again even after success, with back-off", {
  pod: crash("Always"),
  async check(pod) {
    const { status } = await pod.until((p) => p.status?.containerStatuses?.[0]?.state.waiting?.reason === "CrashLoopBackOff");
    expect(status!.phase).toBe("Running");
    expect(status!.containerStatuses![0]).toMatchObject({ restartCount: expect.any(Number), ready: false, started: false, lastState: { terminated: { exitCode: 0, reason: "Completed" } } });
    expect(status!.containerStatuses![0]!.state.waiting!.message).toMatch(/^back-off [1248]0s restarting failed container=c pod=always-/);
    await pod.eventUntil("BackOff", /^Back-off restarting failed container c in pod always-/);
    expect((await pod.until((p) => (p.status?.containerStatuses?.[0]?.restartCount ?? 0) >= 2)).status!.containerStatuses![0]!.restartCount).toBe(2);
    expect(await pod.log("c", "previous=true")).toBe("");
  },
});
bed.case("a command that always fails has the reason of its end", {
  pod: { ...once, containers: [{ command: ["/bin/false"] }] },
  async check(pod) { expect((await pod.failed()).status!.containerStatuses![0]!.state.terminated).toMatchObject({ exitCode: 1, reason: "Error", containerID: expect.stringMatching(/^containerd:\/\//) }); },
});
bed.case("a command that is not there", {
  pod: { ...once, containers: [{ command: ["/no/such"] }] },
  async check(pod) {
    const { status } = await pod.failed();
    expect(status!.containerStatuses![0]!.state.terminated).toMatchObject({ exitCode: 128, reason: "StartError" });
    expect(status!.containerStatuses![0]!.state.terminated!.message).toMatch(/no such file|not found/);
    await pod.eventUntil("Failed", /no such file|not found/);
  },
});
bed.case("a signal's end is 128 and its number", {
  pod: { ...once, containers: [shell("sh -c 'kill -9 $PPID'; sleep 9")], shareProcessNamespace: true },
  async check(pod) { expect((await pod.failed()).status!.containerStatuses![0]!.state.terminated).toMatchObject({ exitCode: 137 }); },
});
bed.case("a container beyond its memory is OOMKilled", {
  pod: { ...once, containers: [{ ...shell("x=a; while :; do x=$x$x$x; done"), resources: { limits: { memory: "24Mi" } } }] },
  async check(pod) { expect((await pod.failed()).status!.containerStatuses![0]!.state.terminated).toMatchObject({ exitCode: 137, reason: "OOMKilled" }); },
});

const message = (more: object, script: string) => ({ ...once, containers: [{ ...shell(script), terminationMessagePath: "/dev/termination-log", ...more }] });
const said = async (pod: import("./support/node-bed.ts").PodOnNode, phase: string) => (await pod.ended(phase)).status!.containerStatuses![0]!.state.terminated!.message;
bed.case("a termination message from another path, by another user", {
  pod: message({ terminationMessagePath: "/dev/termination-custom-log", securityContext: { runAsUser: 1000 } }, "echo -n DONE > /dev/termination-custom-log"),
  async check(pod) { expect(await said(pod, "Succeeded")).toBe("DONE"); },
});
bed.case("the message file counts with success too", {
  pod: message({ terminationMessagePolicy: "FallbackToLogsOnError" }, "echo -n OK > /dev/termination-log; echo no"), async check(pod) { expect(await said(pod, "Succeeded")).toBe("OK"); },
});
bed.case("a failure without message falls back to the log", {
  pod: message({ terminationMessagePolicy: "FallbackToLogsOnError" }, "echo -n DONE; exit 1"), async check(pod) { expect(await said(pod, "Failed")).toBe("DONE"); },
});
bed.case("a success never falls back", {
  pod: message({ terminationMessagePolicy: "FallbackToLogsOnError" }, "echo no"), async check(pod) { expect(await said(pod, "Succeeded")).toBeUndefined(); },
});
bed.case("a failure with a message says that", {
  pod: message({ terminationMessagePolicy: "FallbackToLogsOnError" }, "echo -n FILE > /dev/termination-log; echo no; exit 1"), async check(pod) { expect(await said(pod, "Failed")).toBe("FILE"); },
});
bed.case("a message of at most 4096 bytes", {
  pod: message({}, "head -c 9000 /dev/zero | tr '\\0' x > /dev/termination-log"), async check(pod) { expect((await said(pod, "Succeeded"))!.length).toBe(4096); },
});

bed.case("an image that nobody has backs off", {
  pod: { containers: [{ image: "isopod.example/none:1" }] },
  async check(pod) {
    await pod.until((p) => ["ErrImagePull", "ImagePullBackOff"].includes(p.status?.containerStatuses?.[0]?.state.waiting?.reason ?? ""));
    const { status } = await pod.until((p) => p.status?.containerStatuses?.[0]?.state.waiting?.reason === "ImagePullBackOff");
    expect(status!.phase).toBe("Pending");
    expect(status!.containerStatuses![0]!.state.waiting!.message).toMatch(/^Back-off pulling image "isopod.example\/none:1": ErrImagePull: /);
    await pod.eventUntil("Failed", /^Failed to pull image "isopod.example\/none:1": /);
    await pod.eventUntil("Failed", /^Error: ErrImagePull$/);
    await pod.eventUntil("BackOff", /^Back-off pulling image "isopod.example\/none:1"$/);
    const text = await bed.text(`${pod.path}/log`);
    expect(text).toMatchObject({ status: 400 });
    expect(text.text).toMatch(/container \\?"c\\?" in pod \\?"an-image-that-nobody-has-backs-off\\?" is waiting to start: trying and failing to pull image/);
  },
});
bed.case("pull policy Never wants the image to be there", {
  pod: { containers: [{ image: "isopod.example/none:1", imagePullPolicy: "Never" }] },
  async check(pod) {
    const { status } = await pod.until((p) => p.status?.containerStatuses?.[0]?.state.waiting?.reason === "ErrImageNeverPull");
    expect(status!.containerStatuses![0]!.state.waiting!.message).toBe('Container image "isopod.example/none:1" is not present with pull policy of Never');
  },
});
bed.case("a name that is no image", {
  pod: { containers: [{ image: "FOO/Bar" }] },
  async check(pod) {
    await pod.until((p) => p.status?.containerStatuses?.[0]?.state.waiting?.reason === "InvalidImageName");
    await pod.eventUntil("InspectFailed", /couldn't parse image name "FOO\/Bar"/);
  },
});

bed.case("a missing key holds the container back with its reason", {
  objects: configMap("some-cm", { a: "1" }),
  pod: { containers: [{ ...shell(forever), env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "some-cm", key: "b" } } }] }] },
  async check(pod) {
    const { status } = await pod.until((p) => p.status?.containerStatuses?.[0]?.state.waiting?.reason === "CreateContainerConfigError");
    expect(status!.containerStatuses![0]!.state.waiting!.message).toBe("couldn't find key b in ConfigMap node-containers/some-cm");
    await bed.send("PATCH", bed.path("configmaps/some-cm"), { data: { b: "2" } }, "application/merge-patch+json");
    await pod.ready();
  },
});

bed.case("labels can be changed while it runs, the deadline brought nearer", {
  pod: { activeDeadlineSeconds: 600, containers: [shell(forever)] },
  async check(pod) {
    await pod.running();
    await pod.patch({ metadata: { labels: { time: "now" } } });
    await pod.patch({ spec: { activeDeadlineSeconds: 2 } });
    const { status } = await pod.failed();
    expect(status).toMatchObject({ reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline" });
    expect(status!.containerStatuses![0]!.state.terminated).toBeDefined();
  },
});

bed.case("another image restarts the container", {
  pod: { containers: [shell(forever)] },
  async check(pod) {
    await pod.running();
    await pod.patch({ spec: { containers: [{ name: "c", image: "isopod.example/busybox:1@sha256:" + "0".repeat(64) }] } }).catch(() => {});
    await pod.eventUntil("Killing", /Container c definition changed, will be restarted/);
  },
});
