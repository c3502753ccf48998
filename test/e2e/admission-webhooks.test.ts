/** Admission webhooks in a pod behind a Service and at a URL, as kubectl and controllers meet them. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issueServingPair } from "../../src/auth/certificates.ts";
import { createClusterKeys } from "../../src/auth/keys.ts";
import { textToBase64 } from "../../src/lib/base64.ts";
import { createWebhookServer } from "../harness/webhook-server.ts";
import { loadNodeImage, NODE_IMAGE } from "./support/images.ts";
import { apply, eventually, getJson, hasContainers, IMAGE, installation, kubectl, kubectlWithInput, tryKubectl, useNamespace } from "./support/shared.ts";

const NS = "webhooks";
const IN = `-n ${NS}`;
const { ca } = createClusterKeys({ nowMs: Date.now() });
const pairFor = (names: { dnsNames?: string[]; ips?: string[] }) => {
  const { certificatePem, privateKeyPem } = issueServingPair(ca, { commonName: "hooks", days: 1, ...names }, Date.now());
  return { cert: certificatePem, key: privateKeyPem };
};

const serverPod = {
  apiVersion: "v1", kind: "Pod", metadata: { name: "hooks", namespace: NS, labels: { app: "hooks" } },
  spec: {
    terminationGracePeriodSeconds: 0, volumes: [{ name: "scripts", configMap: { name: "scripts" } }, { name: "certificates", secret: { secretName: "certificates" } }],
    containers: [{
      name: "c", image: NODE_IMAGE, args: ["/scripts/webhook-server.ts", "/certificates"], readinessProbe: { tcpSocket: { port: 8443 }, periodSeconds: 1 },
      volumeMounts: [{ name: "scripts", mountPath: "/scripts" }, { name: "certificates", mountPath: "/certificates" }],
    }],
  },
};

const rule = (resources: string, operations: string[] = ["CREATE", "UPDATE"]) => ({ apiGroups: ["*"], apiVersions: ["*"], operations, resources: [resources] });
const behindService = (path: string) => ({ service: { namespace: NS, name: "hooks", path }, caBundle: textToBase64(ca.certificatePem) });
/** Every name is told apart by the label of who wants to meet it; the webhook's own namespace is all that it is about. */
const hook = (name: string, rules: object[], clientConfig: object, more: object = {}) => ({
  name: `${name}.example.com`, rules, clientConfig, sideEffects: "None", admissionReviewVersions: ["v1"],
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": NS } }, ...more,
});
const meets = (label: string) => ({ objectSelector: { matchLabels: { meets: label } } });
const configuration = (kind: string, webhooks: object[]) => ({ apiVersion: "admissionregistration.k8s.io/v1", kind: `${kind}WebhookConfiguration`, metadata: { name: "e2e-webhooks" }, webhooks });
const map = (name: string, data: Record<string, string>, meets = "nobody") => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: NS, labels: { meets } }, data });
const create = (object: object) => kubectlWithInput(`create ${IN} -f -`, JSON.stringify(object));

describe.skipIf(!hasContainers)("admission webhooks", () => {
  useNamespace(NS);
  let onHost: Server;

  beforeAll(async () => {
    if (!hasContainers) return;
    await loadNodeImage(installation.dataDir);
    const { cert, key } = pairFor({ dnsNames: [`hooks.${NS}.svc`] });
    await apply({ apiVersion: "v1", kind: "List", items: [
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "scripts", namespace: NS }, data: { "webhook-server.ts": readFileSync(join(import.meta.dirname, "..", "harness", "webhook-server.ts"), "utf8") } },
      { apiVersion: "v1", kind: "Secret", metadata: { name: "certificates", namespace: NS }, stringData: { "tls.crt": cert, "tls.key": key } },
      serverPod, { apiVersion: "v1", kind: "Service", metadata: { name: "hooks", namespace: NS }, spec: { selector: { app: "hooks" }, ports: [{ port: 443, targetPort: 8443 }] } },
    ] });
    // Of this machine, as its nodes reach it.
    const hostAddress = installation.nodes[0]!.address.replace(/\d+$/, "1");
    onHost = createWebhookServer(pairFor({ ips: [hostAddress] })).listen(0, hostAddress);
    await once(onHost, "listening");
    const url = (path: string) => ({ url: `https://${hostAddress}:${(onHost.address() as AddressInfo).port}${path}`, caBundle: textToBase64(ca.certificatePem) });
    await kubectl(`wait pod hooks ${IN} --for=condition=Ready --timeout=60s`);
    await eventually(async () => expect((await getJson(`endpoints hooks ${IN}`)).subsets).toHaveLength(1));
    await apply(configuration("Validating", [
      hook("configmaps", [rule("configmaps", ["CREATE", "UPDATE", "DELETE"])], behindService("/configmaps")),
      hook("pods", [rule("pods")], behindService("/pods")),
      hook("streams", [rule("pods/exec", ["CONNECT"])], behindService("/streams")),
      hook("warn", [rule("configmaps", ["CREATE"])], url("/warn"), meets("url")),
      hook("slow", [rule("configmaps")], behindService("/slow"), { ...meets("slow"), timeoutSeconds: 1 }),
      hook("slow-open", [rule("configmaps")], behindService("/slow"), { ...meets("slow-open"), timeoutSeconds: 1, failurePolicy: "Ignore" }),
      hook("gone", [rule("configmaps")], { service: { namespace: NS, name: "gone" } }, meets("gone")),
      hook("stranger", [rule("configmaps")], { ...behindService("/configmaps"), caBundle: textToBase64(createClusterKeys({ nowMs: Date.now() }).ca.certificatePem) }, meets("stranger")),
    ]));
    await apply(configuration("Mutating", [
      hook("stage-1", [rule("configmaps", ["CREATE"])], behindService("/mutate-configmaps")), hook("stage-2", [rule("configmaps", ["CREATE"])], url("/mutate-configmaps")),
      hook("inject", [rule("pods", ["CREATE"])], behindService("/inject"), meets("inject")),
    ]));
  });

  afterAll(async () => {
    if (!hasContainers) return;
    await kubectl("delete validatingwebhookconfiguration/e2e-webhooks mutatingwebhookconfiguration/e2e-webhooks");
    onHost.closeAllConnections();
    onHost.close();
  });

  test("what a webhook does not want is refused in its words, and stays as it was", async () => {
    expect((await create(map("bad", { unwanted: "yes" }))).stderr).toBe('Error from server: error when creating "STDIN": admission webhook "configmaps.example.com" denied the request: the configmap contains unwanted key and value\n');
    await apply(map("good", { keep: "yes" }));
    expect((await tryKubectl(`patch configmap good ${IN} --type=merge -p`, '{"data":{"unwanted":"yes"}}')).stderr).toContain("denied the request: the configmap contains unwanted key and value");
    expect((await tryKubectl(`delete configmap good ${IN}`)).stderr).toContain('admission webhook "configmaps.example.com" denied the request: it is to be kept');
    await kubectl(`patch configmap good ${IN} --type=json -p`, '[{"op":"remove","path":"/data/keep"}]');
    await kubectl(`delete configmap good ${IN}`);
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "bad", namespace: NS }, spec: { containers: [{ name: "unwanted", image: IMAGE }] } };
    expect((await create(pod)).stderr).toContain('admission webhook "pods.example.com" denied the request: the pod contains unwanted container name');
  });

  test("webhooks in a pod and at a URL change an object one after the other", async () => {
    await apply(map("staged", { start: "yes" }));
    expect((await getJson(`configmap staged ${IN}`)).data).toEqual({ start: "yes", "stage-1": "yes", "stage-2": "yes" });
    expect((await kubectlWithInput(`create ${IN} --dry-run=server -o jsonpath={.data} -f -`, JSON.stringify(map("dry", { start: "yes" })))).stdout).toBe('{"stage-1":"yes","stage-2":"yes","start":"yes"}');
  });

  test("the pods of a Deployment are changed on their way, and run", async () => {
    const labels = { app: "injected", meets: "inject" };
    await apply({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "injected", namespace: NS }, spec: { replicas: 3, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: {
      terminationGracePeriodSeconds: 0, containers: [{ name: "c", image: IMAGE, command: ["sleep", "100000"] }] } } } });
    await kubectl(`rollout status deployment injected ${IN} --timeout=60s`);
    const { items } = await getJson(`pods ${IN} -l app=injected`);
    expect(items.map((pod: any) => [pod.spec.initContainers[0].name, pod.spec.initContainers[0].terminationMessagePolicy, pod.status.initContainerStatuses[0].state.terminated.exitCode])).toEqual([["injected", "File", 0], ["injected", "File", 0], ["injected", "File", 0]]);
    expect((await tryKubectl(`exec ${items[0].metadata.name} ${IN} --`, "ls", "/")).stderr).toContain('admission webhook "streams.example.com" denied the request: PodExecOptions of ls / is not allowed');
  });

  test("a set whose pods are refused says so", async () => {
    const labels = { app: "refused" };
    await apply({ apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { name: "refused", namespace: NS }, spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: "unwanted", image: IMAGE }] } } } });
    await eventually(async () => expect(await kubectl(`describe replicaset refused ${IN}`)).toMatch(/Warning\s+FailedCreate\s.*Error creating: admission webhook "pods\.example\.com" denied the request: the pod contains unwanted container name/));
    await kubectl(`delete replicaset refused ${IN}`);
  });

  test("warnings of a webhook at a URL are printed", async () => {
    expect((await create(map("warned", {}, "url"))).stderr).toBe("Warning: kubernetes-admin makes warned\n");
  });

  test("a webhook that takes too long, is gone or shows a strange certificate fails closed or open", async () => {
    expect((await create(map("slow", {}, "slow"))).stderr).toMatch(/failed calling webhook "slow\.example\.com": failed to call webhook: Post "https:\/\/hooks\.webhooks\.svc:443\/slow\?timeout=1s": context deadline exceeded/);
    expect((await create(map("slow-open", {}, "slow-open"))).stdout).toContain("configmap/slow-open created");
    expect((await create(map("gone", {}, "gone"))).stderr).toContain('Post "https://gone.webhooks.svc:443/?timeout=10s": service "gone" not found');
    expect((await create(map("stranger", {}, "stranger"))).stderr).toMatch(/failed calling webhook "stranger\.example\.com": .*certificate/);
  });
});
