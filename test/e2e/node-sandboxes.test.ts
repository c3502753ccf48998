/** Sandboxes on real nodes: host names, hosts files, DNS, namespaces, users, capabilities, sysctls, cgroups. After upstream's e2e/common/node and security_context.go. */
import { expect } from "vitest";
import { forever, NodeBed, once, shell } from "./support/node-bed.ts";

const bed = new NodeBed("node-sandboxes");
const run = (script: string, pod: object = {}, container: object = {}) => ({ ...once, ...pod, containers: [{ ...shell(script), ...container }] });

bed.case("/etc/hosts is the cluster's, with aliases and the pod's own name", {
  pod: run("cat /etc/hosts; hostname; hostname -f", { hostAliases: [{ ip: "123.45.67.89", hostnames: ["foo", "bar"] }], hostname: "host1", subdomain: "sub" }),
  async check(pod) {
    const text = await pod.output();
    expect(text).toMatch(/^# Kubernetes-managed hosts file\.\n127\.0\.0\.1\tlocalhost\n/);
    expect(text).toContain("# Entries added by HostAliases.\n123.45.67.89\tfoo\tbar\n");
    expect(text).toContain(`${(await pod.get()).status!.podIP}\thost1.sub.node-sandboxes.svc.cluster.local\thost1\n`);
    expect(text).toMatch(/\nhost1\nhost1\.sub\.node-sandboxes\.svc\.cluster\.local\n$/);
  },
});
bed.case("a container's own mount on /etc/hosts is left alone", {
  pod: { ...once, volumes: [{ name: "v", hostPath: { path: "/etc/hosts", type: "File" } }], containers: [{ ...shell("head -1 /etc/hosts"), volumeMounts: [{ name: "v", mountPath: "/etc/hosts" }] }] },
  async check(pod) { expect(await pod.output()).not.toContain("Kubernetes-managed"); },
});
bed.case("a host name without subdomain, and one that is its full domain name", {
  pod: run("hostname", { hostname: "short", subdomain: "dom", setHostnameAsFQDN: true }),
  async check(pod) { expect(await pod.output()).toBe("short.dom.node-sandboxes.svc.cluster.local\n"); },
});
bed.case("a pod's own host name override", { pod: run("hostname", { hostnameOverride: "other.example.com" }), async check(pod) { expect(await pod.output()).toBe("other.example.com\n"); } });
bed.case("DNS by the cluster, with search paths", {
  pod: run("cat /etc/resolv.conf; nslookup kubernetes.default.svc.cluster.local | tail -3"),
  async check(pod) {
    const text = await pod.output();
    expect(text).toMatch(/^search node-sandboxes\.svc\.cluster\.local svc\.cluster\.local cluster\.local/m);
    expect(text).toMatch(/^nameserver 10\./m);
    expect(text).toMatch(/^options ndots:5/m);
    expect(text).toMatch(/Address.*10\.\d+\.0\.1/);
  },
});
bed.case("DNS as the pod says", {
  pod: run("cat /etc/resolv.conf", { dnsPolicy: "None", dnsConfig: { nameservers: ["1.1.1.1"], searches: ["resolv.conf.local"], options: [{ name: "ndots", value: "2" }, { name: "edns0" }] } }),
  async check(pod) { expect(await pod.output()).toBe("search resolv.conf.local\nnameserver 1.1.1.1\noptions ndots:2 edns0\n"); },
});
bed.case("the host's network, processes and message queues", {
  pod: run("ls /proc | grep -c '^[0-9]'; cat /etc/hosts; readlink /proc/self/ns/ipc", { hostNetwork: true, hostPID: true, hostIPC: true }),
  async check(pod) {
    expect(Number((await pod.output()).split("\n")[0])).toBeGreaterThan(3);
    const { status } = await pod.get();
    expect(status!.podIP).toBe(status!.hostIP);
    expect(await pod.log()).toContain("# Kubernetes-managed hosts file (host network).");
  },
});
bed.case("processes are apart, or shared where the pod says so", {
  pod: { ...once, shareProcessNamespace: true, containers: [{ name: "a", ...shell("sleep 30 & sleep 2; ps | grep -v grep | grep -c 'sleep 77'") }, { name: "b", command: ["timeout", "5", "sleep", "77"] }] },
  async check(pod) {
    await pod.until((p) => p.status?.containerStatuses?.find((s) => s.name === "a")?.state.terminated !== undefined);
    expect(Number(await pod.log("a"))).toBeGreaterThan(0);
  },
});

bed.case("users and groups of pod and container", {
  pod: { ...once, securityContext: { runAsUser: 1000, runAsGroup: 2000, fsGroup: 3000, supplementalGroups: [4000] }, containers: [{ name: "a", ...shell("id -u; id -g; id -G") }, { name: "b", ...shell("id -u; id -g"), securityContext: { runAsUser: 1500, runAsGroup: 2500 } }] },
  async check(pod) {
    expect(await pod.output("a")).toMatch(/^1000\n2000\n2000 (3000 4000|4000 3000)\n$/);
    expect(await pod.log("b")).toBe("1500\n2500\n");
  },
});
bed.case("an image's root may not run where root is refused", {
  pod: run("id", { securityContext: { runAsNonRoot: true } }),
  async check(pod) {
    const { status } = await pod.until((p) => p.status?.containerStatuses?.[0]?.state.waiting?.reason === "CreateContainerConfigError");
    expect(status!.containerStatuses![0]!.state.waiting!.message).toMatch(/^container has runAsNonRoot and image will run as root \(pod: "an-image-s-root.*", container: c\)$/);
  },
});
bed.case("another user than root runs there", { pod: run("id -u", { securityContext: { runAsNonRoot: true, runAsUser: 1234 } }), async check(pod) { expect(await pod.output()).toBe("1234\n"); } });
bed.case("a root file system that is read only", {
  pod: run("touch /x 2>&1; touch /dev/shm/y && echo shm", {}, { securityContext: { readOnlyRootFilesystem: true } }),
  async check(pod) { expect(await pod.output()).toMatch(/Read-only file system\nshm/); },
});
bed.case("a root file system that is not", { pod: run("touch /x && echo ok"), async check(pod) { expect(await pod.output()).toBe("ok\n"); } });

const capabilities = "grep CapEff /proc/self/status | cut -f2";
bed.case("capabilities added and dropped", {
  pod: { ...once, containers: [{ name: "d", ...shell(capabilities) }, { name: "a", ...shell(capabilities), securityContext: { capabilities: { add: ["NET_ADMIN"], drop: ["CHOWN"] } } }, { name: "none", ...shell(capabilities), securityContext: { capabilities: { drop: ["ALL"] } } }] },
  async check(pod) {
    const usual = BigInt(`0x${(await pod.output("d")).trim()}`);
    const changed = BigInt(`0x${(await pod.log("a")).trim()}`);
    expect(usual & 1n).toBe(1n);
    expect(changed).toBe((usual | (1n << 12n)) & ~1n);
    expect(BigInt(`0x${(await pod.log("none")).trim()}`)).toBe(0n);
  },
});
bed.case("privileged containers see the host's devices, others do not", {
  pod: { ...once, containers: [{ name: "p", ...shell("ip link add dumb0 type bridge && echo made; ls /dev | wc -l"), securityContext: { privileged: true } }, { name: "u", ...shell("ip link add dumb1 type bridge || echo refused; ls /dev | wc -l") }] },
  async check(pod) {
    expect(await pod.output("p")).toContain("made");
    expect(await pod.log("u")).toContain("refused");
  },
});
bed.case("no new privileges, and profiles of system calls", {
  pod: { ...once, containers: [{ name: "n", ...shell("grep -E 'NoNewPrivs|Seccomp:' /proc/self/status"), securityContext: { allowPrivilegeEscalation: false, seccompProfile: { type: "RuntimeDefault" } } }, { name: "u", ...shell("grep -E 'NoNewPrivs|Seccomp:' /proc/self/status") }] },
  async check(pod) {
    expect(await pod.output("n")).toBe("NoNewPrivs:\t1\nSeccomp:\t2\n");
    expect(await pod.log("u")).toBe("NoNewPrivs:\t0\nSeccomp:\t0\n");
  },
});
bed.case("a safe sysctl is set", { pod: run("cat /proc/sys/kernel/shm_rmid_forced", { securityContext: { sysctls: [{ name: "kernel.shm_rmid_forced", value: "1" }] } }), async check(pod) { expect(await pod.output()).toBe("1\n"); } });
bed.case("a sysctl written with slashes", { pod: run("cat /proc/sys/net/ipv4/ip_local_port_range", { securityContext: { sysctls: [{ name: "net/ipv4/ip_local_port_range", value: "2000 3000" }] } }), async check(pod) { expect(await pod.output()).toMatch(/^2000\s3000\n$/); } });
bed.case("an unsafe sysctl is forbidden on this node", {
  pod: run("true", { securityContext: { sysctls: [{ name: "kernel.msgmax", value: "10000000000" }] } }),
  async check(pod) {
    const { status } = await pod.failed();
    expect(status).toMatchObject({ reason: "SysctlForbidden", message: expect.stringContaining('forbidden sysctl: "kernel.msgmax" not allowlisted') });
    await pod.eventUntil("SysctlForbidden");
  },
});

bed.case("limits are the container's cgroup's", {
  pod: { containers: [{ ...shell(`cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.shares 2>/dev/null || cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max /sys/fs/cgroup/cpu.weight; cat /proc/self/oom_score_adj; ${forever}`), resources: { requests: { cpu: "100m", memory: "32Mi" }, limits: { cpu: "200m", memory: "64Mi" } } }] },
  async check(pod) {
    const { status } = await pod.ready();
    expect(await pod.log()).toMatch(/^67108864\n(20000\n102|20000 100000\n4)\n\d+\n$/);
    expect(status).toMatchObject({ qosClass: "Burstable", containerStatuses: [{ allocatedResources: { cpu: "100m", memory: "32Mi" }, resources: { requests: { cpu: "100m", memory: "32Mi" }, limits: { cpu: "200m", memory: "64Mi" } } }] });
  },
});
bed.case("equal requests and limits are guaranteed", { pod: run("true", {}, { resources: { limits: { cpu: "100m", memory: "50Mi" } } }), async check(pod) { expect((await pod.succeeded()).status!.qosClass).toBe("Guaranteed"); } });
bed.case("no requests is best effort", { pod: run("cat /proc/self/oom_score_adj"), async check(pod) { expect((await pod.succeeded()).status!.qosClass).toBe("BestEffort"); } });

bed.case("a sandbox's facts are in the status in their order", {
  pod: { containers: [shell(forever)] },
  async check(pod) {
    const { status, metadata } = await pod.ready();
    expect(status!.conditions!.map((c) => c.type)).toEqual(["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]);
    expect(status).toMatchObject({ observedGeneration: metadata.generation, startTime: expect.any(String), hostIPs: [{ ip: status!.hostIP }], podIPs: [{ ip: status!.podIP }] });
    expect(status!.containerStatuses![0]).toMatchObject({ name: "c", ready: true, started: true, restartCount: 0, image: "isopod.example/busybox:1", imageID: expect.stringContaining("sha256:"), containerID: expect.stringMatching(/^containerd:\/\/[0-9a-f]{64}$/), lastState: {},
      volumeMounts: [{ name: expect.stringMatching(/^kube-api-access-/), mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", readOnly: true, recursiveReadOnly: "Disabled" }] });
  },
});
