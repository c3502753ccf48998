/** An extension API server in a pod, and servers in pods through the proxies, as kubectl and WebSocket clients meet them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { issueServingPair } from "../../src/auth/certificates.ts";
import { createClusterKeys } from "../../src/auth/keys.ts";
import { textToBase64 } from "../../src/lib/base64.ts";
import { freePort } from "./support/installation.ts";
import { loadNodeImage, NODE_IMAGE } from "./support/images.ts";
import { adminToken, apply, eventually, getJson, hasContainers, installation, kubectl, startKubectl, tryKubectl, useNamespace } from "./support/shared.ts";

const NS = "aggregation";
const IN = `-n ${NS}`;
const RAW = "/apis/example.dev/v1";
const source = (name: string): string => readFileSync(join(import.meta.dirname, "..", "harness", name), "utf8");

/** One server in a pod of a Deployment, its script from a ConfigMap, its certificate from a Secret. */
const workload = (name: string, args: string[], port: number) => [
  {
    apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace: NS },
    spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: {
      terminationGracePeriodSeconds: 0, volumes: [{ name: "scripts", configMap: { name: "scripts" } }, { name: "certificates", secret: { secretName: "certificates" } }],
      containers: [{
        name: "c", image: NODE_IMAGE, args, ports: [{ containerPort: port }], readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
        volumeMounts: [{ name: "scripts", mountPath: "/scripts" }, { name: "certificates", mountPath: "/certificates" }],
      }],
    } } },
  },
  { apiVersion: "v1", kind: "Service", metadata: { name, namespace: NS }, spec: { selector: { app: name }, ports: [{ port: port === 8443 ? 443 : 80, targetPort: port }] } },
];

const condition = async () => ((await getJson("apiservice v1.example.dev")).status.conditions as any[]).find((c) => c.type === "Available");
const gadget = (name: string, size: number) => ({ apiVersion: "example.dev/v1", kind: "Gadget", metadata: { name, namespace: NS }, size });

function dial(url: string, options: WebSocket.ClientOptions = {}): Promise<{ socket: WebSocket; next(): Promise<string>; closed: Promise<number> }> {
  const socket = new WebSocket(url, { ca: installation.caPem, ...options });
  const closed = new Promise<number>((resolve) => socket.on("close", resolve));
  const next = () => new Promise<string>((resolve) => socket.once("message", (data) => resolve(String(data))));
  return new Promise((resolve, reject) => socket.once("error", reject).once("open", () => resolve({ socket, next, closed })));
}

const withToken = () => ({ headers: { authorization: `Bearer ${adminToken()}` } });

describe.skipIf(!hasContainers)("aggregation and proxies", () => {
  useNamespace(NS);

  beforeAll(async () => {
    if (!hasContainers) return;
    await loadNodeImage(installation.dataDir);
    const { ca } = createClusterKeys({ nowMs: Date.now() });
    const { certificatePem, privateKeyPem } = issueServingPair(ca, { commonName: "gadgets", days: 1, dnsNames: [`gadgets.${NS}.svc`] }, Date.now());
    const authentication = (await getJson("configmap extension-apiserver-authentication -n kube-system")).data;
    await apply({ apiVersion: "v1", kind: "List", items: [
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "scripts", namespace: NS }, data: { "extension.ts": source("extension-server.ts"), "porter.ts": source("porter.ts") } },
      { apiVersion: "v1", kind: "Secret", metadata: { name: "certificates", namespace: NS }, stringData: { "tls.crt": certificatePem, "tls.key": privateKeyPem, "client-ca.crt": authentication["requestheader-client-ca-file"] } },
      ...workload("gadgets", ["/scripts/extension.ts", "/certificates"], 8443), ...workload("porter", ["/scripts/porter.ts"], 8080),
      ...[["example.dev", "v1"], ["metrics.k8s.io", "v1beta1"]].map(([group, version]) => ({
        apiVersion: "apiregistration.k8s.io/v1", kind: "APIService", metadata: { name: `${version}.${group}` },
        spec: { group, version, groupPriorityMinimum: 2000, versionPriority: 15, caBundle: textToBase64(ca.certificatePem), service: { namespace: NS, name: "gadgets", port: 443 } },
      })),
    ] });
    await kubectl(`wait deployment --all ${IN} --for=condition=Available --timeout=60s`);
    await kubectl("wait apiservice v1.example.dev v1beta1.metrics.k8s.io --for=condition=Available --timeout=60s");
  });

  afterAll(async () => { if (hasContainers) await kubectl("delete apiservice v1.example.dev v1beta1.metrics.k8s.io"); });

  test("kubectl works with what the extension server keeps", async () => {
    expect(await kubectl("api-resources --api-group=example.dev")).toMatch(/^gadgets\s+gd\s+example\.dev\/v1\s+true\s+Gadget$/m);
    expect(await kubectl("explain gadget.size")).toMatch(/GROUP:\s+example\.dev[^]*How big it is\./);
    await apply(gadget("one", 1));
    expect(JSON.parse(await kubectl(`get gd one ${IN} -o json`))).toMatchObject({ size: 1, metadata: { name: "one" } });
    const watch = startKubectl(`get gadgets ${IN} --watch -o name`);
    await watch.until(/gadget\.example\.dev\/one/);
    await apply(gadget("two", 2));
    await watch.until(/gadget\.example\.dev\/two/);
    await watch.stop();
    await kubectl(`patch gadget two ${IN} --type=merge -p`, '{"size":22}');
    expect((await getJson(`gadget two ${IN}`)).size).toBe(22);
    await kubectl(`delete gadget two ${IN}`);
    expect(await tryKubectl(`get gadget two ${IN}`)).toMatchObject({ code: 1, stderr: 'Error from server (NotFound): gadgets.example.dev "two" not found\n' });
  });

  test("kubectl top reads what is measured elsewhere", async () => {
    expect(await kubectl("top nodes --no-headers")).toMatch(/^node-0\s+250m\s+\d+%\s+128Mi\s+\d+%/m);
  });

  test("the extension server knows who asks", async () => {
    expect(JSON.parse(await kubectl(`get --raw ${RAW}/whoami`))).toMatchObject({ "x-remote-user": "kubernetes-admin" });
    await kubectl(`create serviceaccount robot ${IN}`);
    await apply({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "gadget-reader" }, rules: [{ apiGroups: ["example.dev"], resources: ["gadgets", "whoami"], verbs: ["get", "list"] }] });
    await kubectl(`create clusterrolebinding gadget-reader --clusterrole=gadget-reader --serviceaccount=${NS}:robot`);
    try {
      const token = (await kubectl(`create token robot ${IN}`)).trim();
      const seen = JSON.parse(await kubectl(`get --raw ${RAW}/whoami --token=${token}`));
      expect(seen).toMatchObject({ "x-remote-user": `system:serviceaccount:${NS}:robot`, "x-remote-uid": (await getJson(`serviceaccount robot ${IN}`)).metadata.uid });
      expect(seen["x-remote-group"]).toContain(`system:serviceaccounts:${NS}`);
      expect((await tryKubectl(`delete gadget one ${IN} --token=${token}`)).stderr).toContain(`User "system:serviceaccount:${NS}:robot" cannot delete resource "gadgets" in API group "example.dev"`);
    } finally {
      await kubectl("delete clusterrole/gadget-reader clusterrolebinding/gadget-reader");
    }
  });

  test("a server that is down is unavailable, and served again when it is back", async () => {
    await kubectl(`scale deployment gadgets ${IN} --replicas=0`);
    await kubectl("wait apiservice v1.example.dev --for=condition=Available=false --timeout=30s");
    expect((await condition()).reason).toMatch(/MissingEndpoints|FailedDiscoveryCheck/);
    const response = await tryKubectl(`get --raw ${RAW}/namespaces/${NS}/gadgets`);
    expect(response.stderr).toContain("the server is currently unable to handle the request");
    await kubectl(`scale deployment gadgets ${IN} --replicas=1`);
    await kubectl("wait apiservice v1.example.dev --for=condition=Available --timeout=30s");
    expect((await condition()).reason).toBe("Passed");
    await eventually(async () => expect(await kubectl(`get gadgets ${IN}`)).toBe(""));
  });

  test("an aggregated WebSocket carries the user with it", async () => {
    const { socket, next, closed } = await dial(`${installation.origin.replace("https", "wss")}${RAW}/namespaces/${NS}/gadgets/one/echo`, withToken());
    socket.send("hello");
    expect(await next()).toBe("kubernetes-admin: hello");
    socket.close();
    await closed;
  });

  describe("the proxies", () => {
    const targets = async () => {
      const [pod] = (await getJson(`pods ${IN} -l app=porter`)).items;
      return [`pods/${pod.metadata.name}:8080`, `pods/http:${pod.metadata.name}:`, "services/porter:80", "services/http:porter:80", "services/porter"].map((target) => `/api/v1/namespaces/${NS}/${target}/proxy`);
    };

    test("take every method, with a path and without", async () => {
      for (const target of await targets()) {
        for (const method of ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]) {
          const ask = (path: string) => askPath(method, target + path);
          expect(await ask("/some/path/with/it"), `${method} ${target}`).toEqual({ status: 200, body: method === "HEAD" ? "" : JSON.stringify({ Method: method, Path: "/some/path/with/it", Body: "foo" }) });
          const bare = await ask(`?method=${method}`);
          expect(bare.status).toBe(method === "GET" || method === "HEAD" ? 301 : 200);
        }
      }
    });

    test("speak TLS where the name says so, as nobody", async () => {
      const [pod] = (await getJson(`pods ${IN} -l app=gadgets`)).items;
      for (const target of [`pods/https:${pod.metadata.name}:8443`, "services/https:gadgets:443"]) {
        expect(await askPath("GET", `/api/v1/namespaces/${NS}/${target}/proxy/apis`)).toMatchObject({ status: 401, body: expect.stringContaining('"message":"Unauthorized"') });
      }
    });

    test("lead a page's links below themselves", async () => {
      for (const target of await targets()) expect((await askPath("GET", `${target}/page`)).body).toBe(`<a href="${target}/rewriteme">test</a>`);
    });

    test("carry WebSockets, directly and through kubectl proxy", async () => {
      const port = await freePort();
      const proxy = startKubectl(`proxy --port=${port}`);
      await proxy.until(/Starting to serve/);
      try {
        for (const target of await targets()) {
          for (const [origin, options] of [[installation.origin.replace("https", "wss"), withToken()], [`ws://127.0.0.1:${port}`, {}]] as const) {
            const { socket, next, closed } = await dial(`${origin}${target}/ws`, options);
            for (const text of ["hällo", "x".repeat(100_000)]) {
              socket.send(text);
              expect(await next()).toBe(`echo ${text.length}`);
            }
            socket.close(4000);
            expect(await closed).toBe(4000);
          }
        }
      } finally {
        await proxy.stop();
      }
    });
  });
});

async function askPath(method: string, path: string): Promise<{ status: number; body: string }> {
  const { request } = await import("node:https");
  return await new Promise((resolve, reject) => {
    const asked = request(installation.origin + path, { method, ca: installation.caPem, agent: false, ...withToken() }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => { body += chunk; }).on("end", () => resolve({ status: answer.statusCode!, body }));
    });
    asked.on("error", reject).end();
  });
}
