/** Volumes on real containers: emptyDir, hostPath, configMap, secret, downwardAPI, projected, subPath, fsGroup. After upstream's e2e/common/storage. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { configMap, forever, NodeBed, once, secret, shell } from "./support/node-bed.ts";

const bed = new NodeBed("node-volumes");
const mount = (mountPath: string, more: object = {}) => ({ name: "v", mountPath, ...more });
/** A pod with one volume at /v that runs a script once. */
const reader = (source: object, script: string, more: { pod?: object; mount?: object; container?: object } = {}) =>
  ({ ...once, ...more.pod, volumes: [{ name: "v", ...source }], containers: [{ ...shell(script), volumeMounts: [mount("/v", more.mount)], ...more.container }] });
const follow = (file: string) => `while :; do cat ${file} 2>/dev/null && echo; sleep 0.5; done`;

for (const medium of ["", "Memory"]) {
  const type = medium ? "tmpfs" : "[a-z0-9]+";
  for (const user of [0, 1001]) {
    bed.case(`an empty directory (${medium || "disk"}) is writable for user ${user}`, {
      pod: reader({ emptyDir: { medium } }, "stat -c '%a %u %g' /v; umask 0; echo hi > /v/f; chmod 644 /v/f; stat -c '%a %u' /v/f; cat /v/f; stat -f -c %T /v; grep ' /v ' /proc/mounts", { pod: { securityContext: { runAsUser: user } } }),
      async check(pod) {
        const text = await pod.output();
        expect(text).toMatch(new RegExp(`^777 0 0\n644 ${user}\nhi\n`));
        expect(text).toMatch(new RegExp(` /v ${type} rw`));
      },
    });
  }
}
bed.case("containers share an empty directory, and fsGroup owns it", {
  pod: { ...once, securityContext: { fsGroup: 1234, runAsUser: 1001 }, volumes: [{ name: "v", emptyDir: {} }], containers: [
    { name: "w", ...shell("echo shared > /v/f.tmp; mv /v/f.tmp /v/f; stat -c '%g' /v/f"), volumeMounts: [mount("/v")] },
    { name: "r", ...shell("while [ ! -f /v/f ]; do sleep 0.1; done; cat /v/f; stat -c '%a %g' /v; id -G"), volumeMounts: [mount("/v", { readOnly: true })] }] },
  async check(pod) {
    expect(await pod.output("r")).toMatch(/^shared\n2777 1234\n.*1234/);
    expect(await pod.log("w")).toBe("1234\n");
  },
});
bed.case("an empty directory in memory has its size", {
  pod: reader({ emptyDir: { medium: "Memory", sizeLimit: "1Mi" } }, "df -k /v | tail -1; grep ' /v ' /proc/mounts"),
  async check(pod) { expect(await pod.output()).toMatch(/size=1024k/); },
});

bed.case("a host path of each type", {
  pod: { ...once, volumes: [{ name: "a", hostPath: { path: "/tmp/isopod-test-hp", type: "DirectoryOrCreate" } }, { name: "b", hostPath: { path: "/etc/hostname", type: "File" } }, { name: "c", hostPath: { path: "/dev/null", type: "CharDevice" } }],
    containers: [{ ...shell("stat -c %F /a; stat -c %F /b; touch /a/x && ls /a"), volumeMounts: [{ name: "a", mountPath: "/a" }, { name: "b", mountPath: "/b" }] }] },
  async check(pod) { expect(await pod.output()).toMatch(/directory\nregular.*file\nx\n/); },
});
bed.case("a host path that is not of its type holds the pod back", {
  pod: reader({ hostPath: { path: "/etc/hostname", type: "Directory" } }, "true"),
  async check(pod) {
    await pod.eventUntil("FailedMount", /^MountVolume.SetUp failed for volume "v" : hostPath type check failed: \/etc\/hostname is not a directory$/);
    expect((await pod.get()).status!.phase).toBe("Pending");
  },
});

bed.case("keys of a ConfigMap are files that anyone may read and nobody write", {
  objects: configMap("plain", { "data-1": "value-1", "path.txt": "p" }, { binaryData: { bin: Buffer.from([0, 255, 1]).toString("base64") } }),
  pod: reader({ configMap: { name: "plain" } }, "cat /v/data-1; echo; stat -L -c %a /v/data-1; od -An -tx1 /v/bin; ls /v; touch /v/new 2>/dev/null || echo readonly", { pod: { securityContext: { runAsUser: 1000 } } }),
  async check(pod) {
    expect(await pod.output()).toMatch(/^value-1\n644\n +00 ff 01 *\nbin\ndata-1\npath.txt\nreadonly\n$/);
  },
});
bed.case("chosen keys at chosen paths with modes, the default mode for the rest", {
  objects: configMap("chosen", { a: "A", b: "B", c: "C" }),
  pod: reader({ configMap: { name: "chosen", defaultMode: 0o400, items: [{ key: "a", path: "x/y/one" }, { key: "b", path: "two", mode: 0o440 }] } }, "cat /v/x/y/one /v/two; echo; stat -L -c %a /v/x/y/one /v/two; ls /v"),
  async check(pod) { expect(await pod.output()).toBe("AB\n400\n440\ntwo\nx\n"); },
});
bed.case("a Secret's files follow fsGroup and mode", {
  objects: secret("grouped", { k: "s3" }),
  pod: reader({ secret: { secretName: "grouped", defaultMode: 0o440 } }, "cat /v/k; echo; stat -L -c '%a %g' /v/k", { pod: { securityContext: { runAsUser: 1000, fsGroup: 1001 } } }),
  async check(pod) { expect(await pod.output()).toBe("s3\n440 1001\n"); },
});
bed.case("a Secret in several volumes", {
  objects: secret("twice", { k: "s" }),
  pod: { ...once, volumes: [{ name: "a", secret: { secretName: "twice" } }, { name: "b", secret: { secretName: "twice" } }], containers: [{ ...shell("cat /a/k /b/k"), volumeMounts: [{ name: "a", mountPath: "/a" }, { name: "b", mountPath: "/b" }] }] },
  async check(pod) { expect(await pod.output()).toBe("ss"); },
});
bed.case("a missing ConfigMap holds the pod back until it is there", {
  pod: reader({ configMap: { name: "later" } }, "cat /v/k"),
  async check(pod) {
    await pod.eventUntil("FailedMount", /^MountVolume.SetUp failed for volume "v" : configmap "later" not found$/);
    await bed.send("POST", bed.path("configmaps"), configMap("later", { k: "came" })["configmaps"]![0]);
    expect(await pod.output()).toBe("came");
  },
});
bed.case("a key that is missing holds the pod back, unless the source is optional", {
  objects: configMap("partial", { a: "A" }),
  pod: reader({ configMap: { name: "partial", items: [{ key: "none", path: "x" }] } }, "true"),
  async check(pod) { await pod.eventUntil("FailedMount", /references non-existent config key: none/); },
});
bed.case("changes, deletions and optional arrivals reach the files within a minute", {
  objects: { ...configMap("live", { k: "one", gone: "soon" }) },
  pod: { volumes: [{ name: "v", configMap: { name: "live" } }, { name: "o", configMap: { name: "comes", optional: true } }, { name: "p", projected: { sources: [{ configMap: { name: "live" } }, { secret: { name: "comes-too", optional: true } }] } }],
    containers: [{ ...shell(follow("/v/k /v/gone /o/k /p/s")), volumeMounts: [mount("/v"), { name: "o", mountPath: "/o" }, { name: "p", mountPath: "/p" }] }] },
  async check(pod) {
    await pod.running();
    await bed.send("PATCH", bed.path("configmaps/live"), { data: { k: "two", gone: null } }, "application/merge-patch+json");
    await bed.send("POST", bed.path("configmaps"), configMap("comes", { k: "optional" })["configmaps"]![0]);
    await bed.send("POST", bed.path("secrets"), secret("comes-too", { s: "secretly" })["secrets"]![0]);
    const seen = async (script: string, wanted: string) => {
      for (let i = 0; i < 100; i++) { if ((await pod.exec(script)) === wanted) return; await sleep(300); }
      expect(await pod.exec(script)).toBe(wanted);
    };
    await seen("cat /v/k /o/k /p/s /p/k; ls /v", "twooptionalsecretlytwok\n");
    await bed.send("DELETE", bed.path("configmaps/comes"));
    await seen("ls /o", "");
  },
});
bed.case("an immutable ConfigMap is a volume like any other", {
  objects: configMap("frozen", { k: "cold" }, { immutable: true }),
  pod: reader({ configMap: { name: "frozen" } }, "cat /v/k"),
  async check(pod) { expect(await pod.output()).toBe("cold"); },
});

const item = (path: string, fieldPath: string, more: object = {}) => ({ path, fieldRef: { fieldPath }, ...more });
bed.case("a pod's facts as files, kept up to date", {
  labels: { key1: "value1", key2: "value2" }, annotations: { builder: "bar" },
  pod: { volumes: [{ name: "v", downwardAPI: { items: [item("name", "metadata.name"), item("labels", "metadata.labels"), item("annotations", "metadata.annotations", { mode: 0o400 }), { path: "cpu", resourceFieldRef: { containerName: "c", resource: "limits.cpu", divisor: "1m" } }, { path: "mem", resourceFieldRef: { containerName: "c", resource: "requests.memory" } }] } }],
    containers: [{ ...shell(forever), resources: { limits: { cpu: "1250m" }, requests: { memory: "32Mi" } }, volumeMounts: [mount("/v")] }] },
  async check(pod) {
    await pod.running();
    expect(await pod.exec("cat /v/name; echo; cat /v/labels; echo; cat /v/annotations; echo; cat /v/cpu /v/mem; stat -L -c %a /v/annotations /v/name")).toBe(
      `${pod.name}\ncase="${pod.name}"\nkey1="value1"\nkey2="value2"\nbuilder="bar"\n1250${32 << 20}400\n644\n`);
    await pod.patch({ metadata: { labels: { key3: "value3" }, annotations: { builder: "foo" } } });
    for (let i = 0; i < 60 && !(await pod.exec("cat /v/labels")).includes("value3"); i++) await sleep(200);
    expect(await pod.exec("cat /v/labels")).toContain('key3="value3"');
    expect(await pod.exec("cat /v/annotations")).toBe('builder="foo"');
  },
});
bed.case("several sources in one directory, with a token of its own audience", {
  objects: { ...configMap("part", { c: "C" }), ...secret("part", { s: "S" }) },
  pod: reader({ projected: { defaultMode: 0o444, sources: [{ configMap: { name: "part", items: [{ key: "c", path: "sub/c" }] } }, { secret: { name: "part" } }, { downwardAPI: { items: [item("name", "metadata.name")] } }, { serviceAccountToken: { audience: "vault", expirationSeconds: 600, path: "token" } }] } },
    "cat /v/sub/c /v/s /v/name; echo; cat /v/token"),
  async check(pod) {
    const [facts, token] = (await pod.output()).split("\n");
    expect(facts).toBe(`CS${pod.name}`);
    const claims = JSON.parse(Buffer.from(token!.split(".")[1]!, "base64url").toString());
    expect(claims).toMatchObject({ aud: ["vault"], sub: "system:serviceaccount:node-volumes:default", "kubernetes.io": { namespace: "node-volumes", pod: { name: pod.name } } });
    expect(claims.exp - claims.iat).toBeLessThanOrEqual(607);
  },
});
bed.case("every pod has its service account's token, authority and namespace, and can use them", {
  pod: { ...once, containers: [shell("cd /var/run/secrets/kubernetes.io/serviceaccount; ls; cat namespace; echo; head -1 ca.crt; stat -L -c %a token; mount | grep -c 'serviceaccount.*ro,'")] },
  async check(pod) { expect(await pod.output()).toBe("ca.crt\nnamespace\ntoken\nnode-volumes\n-----BEGIN CERTIFICATE-----\n644\n1\n"); },
});
bed.case("a token is readable for the only user and for fsGroup", {
  pod: { ...once, securityContext: { runAsUser: 1000, fsGroup: 2000 }, containers: [shell("stat -L -c '%a %u %g' /var/run/secrets/kubernetes.io/serviceaccount/token; head -c 3 /var/run/secrets/kubernetes.io/serviceaccount/token")] },
  async check(pod) { expect(await pod.output()).toBe("640 0 2000\neyJ"); },
});
bed.case("no token where it is not wanted", {
  pod: { ...once, automountServiceAccountToken: false, containers: [shell("ls /var/run/secrets 2>&1 || true")] },
  async check(pod) { expect(await pod.output()).toContain("No such file"); },
});

bed.case("subPath of a directory, of a file, and of one in a ConfigMap", {
  objects: configMap("single", { "app.conf": "setting", other: "x" }),
  pod: { ...once, volumes: [{ name: "v", emptyDir: {} }, { name: "cm", configMap: { name: "single" } }],
    initContainers: [{ name: "make", ...shell("mkdir /v/d; echo in > /v/d/f; echo file > /v/one"), volumeMounts: [mount("/v")] }],
    containers: [{ ...shell("cat /d/f /one; cat /etc/app.conf; echo; ls /etc/app.conf /made; echo x > /made/y; ls /all/deep"), volumeMounts: [mount("/d", { subPath: "d" }), mount("/one", { subPath: "one" }), mount("/made", { subPath: "deep/er" }), mount("/all"), { name: "cm", mountPath: "/etc/app.conf", subPath: "app.conf" }] }] },
  async check(pod) { expect(await pod.output()).toBe("in\nfile\nsetting\n/etc/app.conf\n\n/made:\ner\n"); },
});
bed.case("subPathExpr from a variable", {
  pod: { ...once, volumes: [{ name: "v", emptyDir: {} }], containers: [{ ...shell("touch /sub/x; ls /v"), env: [{ name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }], volumeMounts: [mount("/sub", { subPathExpr: "$(POD)/logs" }), mount("/v")] }] },
  async check(pod) { expect(await pod.output()).toBe(`${pod.name}\n`); },
});
bed.case("subPathExpr with backticks or an absolute value fails", {
  pod: { ...once, volumes: [{ name: "v", emptyDir: {} }], containers: [{ ...shell("true"), env: [{ name: "P", value: "/tmp" }], volumeMounts: [mount("/sub", { subPathExpr: "$(P)" })] }] },
  async check(pod) {
    await pod.until((p) => p.status?.containerStatuses?.[0]?.state.waiting?.reason === "CreateContainerConfigError");
    await pod.eventUntil("Failed", /^Error: /);
  },
});
bed.case("a subPath that cannot be expanded yet is tried again with the pod's new annotation", {
  annotations: { notmysubpath: "x" },
  pod: { containers: [{ ...shell(forever), env: [{ name: "SUB", valueFrom: { fieldRef: { fieldPath: "metadata.annotations['mysubpath']" } } }], volumeMounts: [mount("/sub", { subPathExpr: "$(SUB)/ok" })] }], volumes: [{ name: "v", emptyDir: {} }] },
  async check(pod) {
    await pod.until((p) => p.status?.containerStatuses?.[0]?.state.waiting?.reason === "CreateContainerConfigError");
    await pod.patch({ metadata: { annotations: { mysubpath: "mypath" } } });
    await pod.ready();
  },
});
bed.case("a link in a volume leads nowhere outside of it", {
  pod: { ...once, volumes: [{ name: "v", emptyDir: {} }], initContainers: [{ name: "make", ...shell("ln -s / /v/out"), volumeMounts: [mount("/v")] }], containers: [{ ...shell("ls /host"), volumeMounts: [mount("/host", { subPath: "out/etc" })] }] },
  async check(pod) {
    const { status } = await pod.until((p) => p.status?.containerStatuses?.[0]?.state.waiting?.reason === "CreateContainerConfigError");
    expect(status!.containerStatuses![0]!.state.waiting!.message).toMatch(/subPath/);
  },
});
