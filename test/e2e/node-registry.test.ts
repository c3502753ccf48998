/** Images from a private registry over plain HTTP, with and without the pod's credentials. After upstream's runtime.go. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { writeBusyboxImage } from "../../scripts/busybox-image.ts";
import { forever, NodeBed, shell } from "./support/node-bed.ts";
import { hasContainers, installation } from "./support/shared.ts";

const isPossible = hasContainers && ["/usr/bin/docker-registry", "/usr/bin/skopeo", "/usr/bin/perl"].every((path) => existsSync(path));
/** The machine's own address on the nodes' bridge: reachable for the nodes and for nobody else. */
const host = isPossible ? installation.nodes[0]!.address.replace(/\d+$/, "1") : "";
const port = 5000 + (process.pid % 1000);
const REGISTRY = `${host}:${port}`;
const USER = "puller";
const PASSWORD = "let-me-in";
let registry: ChildProcess | undefined;
let dir: string;

const credentials = (password: string) => ({
  apiVersion: "v1", kind: "Secret", metadata: { name: `pull-${password}` }, type: "kubernetes.io/dockerconfigjson",
  stringData: { ".dockerconfigjson": JSON.stringify({ auths: { [REGISTRY]: { auth: Buffer.from(`${USER}:${password}`).toString("base64") } } }) },
});

const bed = new NodeBed("node-registry", async (nodes) => {
  if (!isPossible) return;
  await startRegistry();
  for (const password of [PASSWORD, "wrong"]) await nodes.send("POST", nodes.path("secrets"), credentials(password));
});
afterAll(() => {
  registry?.kill();
  if (dir) rmSync(dir, { recursive: true, force: true });
});

async function startRegistry(): Promise<void> {
  dir = mkdtempSync("/tmp/iso-registry-");
  const hash = execFileSync("perl", ["-e", `print crypt("${PASSWORD}", '$2y$05$abcdefghijklmnopqrstuu')`], { encoding: "utf8" });
  writeFileSync(join(dir, "htpasswd"), `${USER}:${hash}\n`);
  writeFileSync(join(dir, "config.yml"), JSON.stringify({
    version: 0.1, log: { level: "error" }, storage: { filesystem: { rootdirectory: join(dir, "data") } }, http: { addr: REGISTRY }, auth: { htpasswd: { realm: "private", path: join(dir, "htpasswd") } },
  }));
  registry = spawn("docker-registry", ["serve", join(dir, "config.yml")], { stdio: "ignore" });
  await untilOpen();
  await writeBusyboxImage(join(dir, "image.tar"), `${REGISTRY}/private/app:1`);
  for (const tag of ["1", "latest"]) execFileSync("skopeo", ["copy", "--insecure-policy", "--dest-tls-verify=false", "--dest-creds", `${USER}:${PASSWORD}`, `oci-archive:${join(dir, "image.tar")}`, `docker://${REGISTRY}/private/app:${tag}`], { stdio: "ignore" });
  for (const { name } of installation.nodes) {
    const certs = join(installation.dataDir, "nodes", name, "containerd", "certs.d", REGISTRY);
    mkdirSync(certs, { recursive: true });
    writeFileSync(join(certs, "hosts.toml"), `server = "http://${REGISTRY}"\n[host."http://${REGISTRY}"]\n  capabilities = ["pull", "resolve"]\n`);
  }
}

async function untilOpen(): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const open = await new Promise<boolean>((resolve) => { const socket = connect(port, host, () => { socket.destroy(); resolve(true); }).on("error", () => resolve(false)); });
    if (open) return;
    await sleep(50);
  }
  throw new Error("the registry does not listen");
}

const from = (secret: string | undefined, more: object = {}) => ({ ...(secret && { imagePullSecrets: [{ name: secret }] }), containers: [{ image: `${REGISTRY}/private/app:1`, ...shell(forever), imagePullPolicy: "Always", ...more }] });
if (isPossible) {
  bed.case("a private image is pulled with the pod's credentials", {
    pod: from(`pull-${PASSWORD}`),
    async check(pod) {
      const { status } = await pod.running();
      expect(status!.containerStatuses![0]).toMatchObject({ image: `${REGISTRY}/private/app:1`, imageID: expect.stringContaining("sha256:") });
      await pod.eventUntil("Pulling", new RegExp(`^Pulling image "${REGISTRY}/private/app:1"$`));
      expect((await pod.eventUntil("Pulled")).message).toMatch(/^Successfully pulled image ".*" in [\d.]+m?s \([\d.]+m?s including waiting\)\. Image size: \d+ bytes\.$/);
    },
  });
  bed.case("without credentials, or with wrong ones, it is refused", {
    pod: from(undefined),
    async check(pod) {
      const { status } = await pod.until((p) => ["ErrImagePull", "ImagePullBackOff"].includes(p.status?.containerStatuses?.[0]?.state.waiting?.reason ?? ""));
      expect(status!.phase).toBe("Pending");
      await pod.eventUntil("Failed", /Failed to pull image .*(401|authorization failed|no basic auth credentials)/s);
    },
  });
  bed.case("a credential that is wrong is no credential", {
    pod: from("pull-wrong"),
    async check(pod) { await pod.until((p) => ["ErrImagePull", "ImagePullBackOff"].includes(p.status?.containerStatuses?.[0]?.state.waiting?.reason ?? "")); },
  });
  bed.case("a secret that is not there is told and the pull tried without it", {
    pod: from("no-such-secret"),
    async check(pod) { await pod.eventUntil("FailedToRetrieveImagePullSecret", /no-such-secret/); },
  });
  bed.case("an image without a tag is its latest", {
    pod: { imagePullSecrets: [{ name: `pull-${PASSWORD}` }], containers: [{ image: `${REGISTRY}/private/app`, ...shell(forever) }] },
    async check(pod) {
      await pod.running();
      expect((await pod.get()).spec.containers[0]!.imagePullPolicy).toBe("Always");
      await pod.eventUntil("Pulled", /^Successfully pulled/);
    },
  });
} else test.skip("needs containers, docker-registry, skopeo and perl", () => {});
