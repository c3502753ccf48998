/** Probes and lifecycle hooks on real containers. After upstream's container_probe.go, lifecycle_hook.go and pre_stop.go. */
import { expect } from "vitest";
import type { Pod } from "../../agent/pod/types.ts";
import { forever, NodeBed, once, shell } from "./support/node-bed.ts";
import { probeServer } from "./support/probe-server.ts";

const server = probeServer();
const bed = new NodeBed("node-probes");
const serve = (more: object) => ({ volumes: server.volumes, containers: [{ ...server.container, ...more }] });
const restarts = (pod: Pod) => pod.status?.containerStatuses?.[0]?.restartCount ?? 0;
const isReady = (pod: Pod) => pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True");
const fast = { periodSeconds: 1, failureThreshold: 1 };

bed.case("readiness waits for its first success and never restarts", {
  pod: { containers: [{ ...shell(forever), readinessProbe: { exec: { command: ["true"] }, initialDelaySeconds: 4, periodSeconds: 1 } }] },
  async check(pod) {
    const { status } = await pod.ready();
    const started = Date.parse(status!.containerStatuses![0]!.state.running!.startedAt);
    const ready = Date.parse(status!.conditions!.find((c) => c.type === "Ready")!.lastTransitionTime!);
    expect(ready - started).toBeGreaterThanOrEqual(3000);
    expect(restarts(await pod.get())).toBe(0);
  },
});
bed.case("readiness that fails keeps a pod unready and running", {
  pod: { containers: [{ ...shell(forever), readinessProbe: { exec: { command: ["sh", "-c", "echo not yet; false"] }, periodSeconds: 1 } }] },
  async check(pod) {
    await pod.eventUntil("Unhealthy", /^Readiness probe failed: not yet\n?$/);
    expect((await pod.get()).status!.containerStatuses![0]).toMatchObject({ ready: false, started: true, restartCount: 0 });
  },
});
bed.case("readiness comes and goes with what the probe says", {
  pod: { containers: [{ ...shell(`touch /ok; ${forever}`), readinessProbe: { exec: { command: ["test", "-f", "/ok"] }, ...fast } }] },
  async check(pod) {
    await pod.ready();
    await pod.exec("rm /ok");
    await pod.until((p) => !isReady(p));
    await pod.exec("touch /ok");
    await pod.ready();
    expect(restarts(await pod.get())).toBe(0);
  },
});
bed.case("liveness by command restarts when it fails", {
  pod: { containers: [{ ...shell(`touch /ok; sleep 2; rm /ok; ${forever}`), livenessProbe: { exec: { command: ["cat", "/ok"] }, ...fast } }] },
  async check(pod) {
    const { status } = await pod.until((p) => restarts(p) >= 1);
    expect(status!.containerStatuses![0]!.lastState.terminated).toMatchObject({ containerID: expect.any(String) });
    await pod.eventUntil("Unhealthy", /^Liveness probe failed: cat: can't open '\/ok'/);
    await pod.eventUntil("Killing", /^Container c failed liveness probe, will be restarted$/);
    await pod.until((p) => restarts(p) >= 2);
  },
});
bed.case("liveness that succeeds restarts nothing", {
  pod: { containers: [{ ...shell(forever), livenessProbe: { exec: { command: ["true"] }, ...fast } }] },
  async check(pod) { await pod.ready(); expect(restarts(await pod.get())).toBe(0); },
});
bed.case("a command that takes too long fails its probe", {
  pod: { containers: [{ ...shell(forever), livenessProbe: { exec: { command: ["sleep", "10"] }, timeoutSeconds: 1, ...fast } }] },
  async check(pod) {
    await pod.until((p) => restarts(p) >= 1);
    await pod.eventUntil("Unhealthy", /^Liveness probe failed: command timed out: "sleep 10" timed out after 1s$/);
  },
});
bed.case("HTTP with a path, headers and a named port", {
  pod: serve({ ports: [{ name: "web", containerPort: 8080 }], readinessProbe: { httpGet: { path: "/readyz?x=1", port: "web", httpHeaders: [{ name: "X-Custom", value: "yes" }, { name: "Host", value: "me" }] }, periodSeconds: 1 } }),
  async check(pod) {
    await pod.ready();
    expect(await pod.log()).toMatch(/http GET \/readyz\?x=1 \{.*"x-custom":"yes"/i);
    expect(await pod.log()).toMatch(/"host":"me"/i);
    expect(await pod.log()).toMatch(/"user-agent":"kube-probe\/1.36"/i);
  },
});
bed.case("HTTP that answers 500 restarts", {
  pod: serve({ livenessProbe: { httpGet: { path: "/fail", port: 8080 }, periodSeconds: 1, failureThreshold: 2, initialDelaySeconds: 2 } }),
  async check(pod) {
    await pod.until((p) => restarts(p) >= 1);
    await pod.eventUntil("Unhealthy", /^Liveness probe failed: HTTP probe failed with statuscode: 500$/);
  },
});
bed.case("HTTPS without a valid certificate, and a redirect on the same host", {
  pod: serve({ readinessProbe: { httpGet: { path: "/", port: 8443, scheme: "HTTPS" }, periodSeconds: 1 }, livenessProbe: { httpGet: { path: "/redirect", port: 8080 }, periodSeconds: 1, failureThreshold: 10 } }),
  async check(pod) {
    await pod.ready();
    expect(await pod.log()).toContain("https GET /");
    await pod.logUntil(/http GET \/redirect[\s\S]*http GET \/ /);
    expect(restarts(await pod.get())).toBe(0);
  },
});
bed.case("TCP open and closed", {
  pod: { ...serve({ readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 }, livenessProbe: { tcpSocket: { port: 8081 }, periodSeconds: 1, failureThreshold: 3, initialDelaySeconds: 2 } }) },
  async check(pod) {
    await pod.ready();
    await pod.until((p) => restarts(p) >= 1);
    await pod.eventUntil("Unhealthy", /^Liveness probe failed: dial tcp [\d.]+:8081: connect: connection refused$/);
  },
});
bed.case("gRPC serving", {
  pod: serve({ readinessProbe: { grpc: { port: 5000 }, periodSeconds: 1 } }),
  async check(pod) { await pod.ready(); expect(await pod.log()).toContain("grpc /grpc.health.v1.Health/Check"); },
});
bed.case("gRPC not serving restarts", {
  pod: serve({ livenessProbe: { grpc: { port: 5000, service: "bad" }, periodSeconds: 1, failureThreshold: 3, initialDelaySeconds: 2 } }),
  async check(pod) {
    await pod.until((p) => restarts(p) >= 1);
    await pod.eventUntil("Unhealthy", /^Liveness probe failed: service unhealthy \(responded with "NOT_SERVING"\)$/);
  },
});
bed.case("startup holds the other probes back until it succeeds", {
  pod: { containers: [{ ...shell(`sleep 3; touch /started; ${forever}`), startupProbe: { exec: { command: ["test", "-f", "/started"] }, periodSeconds: 1, failureThreshold: 60 }, livenessProbe: { exec: { command: ["test", "-f", "/started"] }, ...fast }, readinessProbe: { exec: { command: ["true"] }, ...fast } }] },
  async check(pod) {
    const { status } = await pod.ready();
    const startedMs = Date.parse(status!.containerStatuses![0]!.state.running!.startedAt);
    expect(Date.parse(status!.conditions!.find((c) => c.type === "Ready")!.lastTransitionTime!) - startedMs).toBeGreaterThanOrEqual(2000);
    expect(status!.containerStatuses![0]).toMatchObject({ started: true, ready: true, restartCount: 0 });
  },
});
bed.case("startup that never succeeds restarts, within the grace of its own", {
  pod: { terminationGracePeriodSeconds: 500, containers: [{ ...shell("trap '' TERM; while :; do sleep 1; done"), startupProbe: { exec: { command: ["false"] }, ...fast, terminationGracePeriodSeconds: 1 } }] },
  async check(pod) {
    await pod.until((p) => restarts(p) >= 1, 30_000);
    await pod.eventUntil("Killing", /^Container c failed startup probe, will be restarted$/);
    await pod.delete(0);
  },
});
bed.case("readiness still counts while a pod ends, liveness does not", {
  pod: { terminationGracePeriodSeconds: 30, containers: [{ ...shell("touch /ok; trap 'rm /ok; sleep 5; exit 0' TERM; while :; do sleep 0.1; done"), readinessProbe: { exec: { command: ["test", "-f", "/ok"] }, ...fast }, livenessProbe: { exec: { command: ["test", "-f", "/ok"] }, ...fast } }] },
  async check(pod) {
    await pod.ready();
    await pod.delete();
    const { status } = await pod.until((p) => !isReady(p), 15_000);
    expect(status!.phase).toBe("Running");
    await pod.gone();
    expect((await pod.events()).filter((e) => e.message.includes("failed liveness probe"))).toEqual([]);
  },
});
bed.case("a readiness gate wants its condition too", {
  pod: { readinessGates: [{ conditionType: "example.com/gate" }], containers: [shell(forever)] },
  async check(pod) {
    const { status } = await pod.until((p) => p.status?.containerStatuses?.[0]?.ready);
    expect(status!.conditions).toEqual(expect.arrayContaining([expect.objectContaining({ type: "Ready", status: "False", reason: "ReadinessGatesNotReady", message: 'corresponding condition of pod readiness gate "example.com/gate" does not exist.' })]));
    await pod.patch({ status: { conditions: [{ type: "example.com/gate", status: "True" }] } }, "/status");
    await pod.ready();
    await pod.patch({ status: { conditions: [{ type: "example.com/gate", status: "False" }] } }, "/status");
    await pod.until((p) => !isReady(p));
  },
});

const hooked = (lifecycle: object, script = forever) => ({ terminationGracePeriodSeconds: 15, containers: [{ ...shell(script), lifecycle }] });
bed.case("postStart by command runs before the container counts as running", {
  pod: hooked({ postStart: { exec: { command: ["sh", "-c", "sleep 1; echo started > /proc/1/fd/1"] } } }),
  async check(pod) { await pod.running(); expect(await pod.log()).toContain("started"); },
});
bed.case("postStart that fails ends the container", {
  pod: hooked({ postStart: { exec: { command: ["sh", "-c", "echo bad; exit 3"] } } }),
  async check(pod) {
    await pod.eventUntil("FailedPostStartHook", /PostStartHook failed/);
    await pod.until((p) => restarts(p) >= 1);
  },
});
bed.case("hooks by HTTP and HTTPS ask the pod itself", {
  pod: { terminationGracePeriodSeconds: 10, volumes: server.volumes, initContainers: [{ ...server.container, name: "server", restartPolicy: "Always", startupProbe: { tcpSocket: { port: 8443 }, periodSeconds: 1, failureThreshold: 60 } }],
    containers: [{ ...shell(forever), lifecycle: { postStart: { httpGet: { path: "/post?m=1", port: 8080, httpHeaders: [{ name: "X-Hook", value: "1" }] } }, preStop: { httpGet: { path: "/stop", port: 8443, scheme: "HTTPS" } } } }] },
  async check(pod) {
    await pod.ready();
    expect(await pod.log("server")).toMatch(/http GET \/post\?m=1 .*"x-hook":"1"/i);
    const followed = pod.log("server", "follow=true");
    await pod.delete();
    const log = await followed;
    expect(log, JSON.stringify((await pod.events()).map((event) => event.message))).toMatch(/https GET \/stop/);
    await pod.gone();
  },
});
bed.case("preStop by command runs to its end before the signal", {
  pod: hooked({ preStop: { exec: { command: ["sh", "-c", "sleep 2; echo stopping > /proc/1/fd/1"] } } }, "trap 'echo term; sleep 1; exit 0' TERM; while :; do sleep 0.1; done"),
  async check(pod) {
    await pod.running();
    const begun = Date.now();
    await pod.delete();
    const text = await pod.logUntil(/term/);
    expect(text).toBe("stopping\nterm\n");
    expect(Date.now() - begun).toBeGreaterThan(1800);
    await pod.gone();
  },
});
bed.case("preStop that sleeps waits that long, and no longer than the grace", {
  pod: hooked({ preStop: { sleep: { seconds: 3 } } }),
  async check(pod) {
    await pod.running();
    const begun = Date.now();
    await pod.delete();
    await pod.gone();
    expect(Date.now() - begun).toBeGreaterThan(2900);
    expect(Date.now() - begun).toBeLessThan(12_000);
  },
});
bed.case("preStop is cut by a grace period that is shorter", {
  pod: hooked({ preStop: { sleep: { seconds: 15 } } }),
  async check(pod) {
    await pod.running();
    const begun = Date.now();
    await pod.delete(2);
    await pod.gone();
    expect(Date.now() - begun).toBeLessThan(10_000);
  },
});
bed.case("who ignores the signal is killed when the grace is over", {
  pod: { ...once, terminationGracePeriodSeconds: 3, containers: [shell("trap '' TERM; while :; do sleep 1; done")] },
  async check(pod) {
    await pod.running();
    const begun = Date.now();
    await pod.delete();
    await pod.gone();
    expect(Date.now() - begun).toBeGreaterThan(2800);
    expect(Date.now() - begun).toBeLessThan(12_000);
  },
});
