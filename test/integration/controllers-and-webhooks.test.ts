import { expect, test } from "vitest";
import type { OutboundAnswer } from "../../src/lib/outbound.ts";
import { NodeCluster } from "../contract/node-cluster.ts";
import { aDeployment, aNode } from "../harness/builders.ts";
import { aConfiguration, aRule, aWebhook, FakeWebhooks, WEBHOOKS, type Verdict, type Webhook } from "../harness/fake-webhooks.ts";

type Json = Record<string, any>;
const APPS = "/apis/apps/v1/namespaces/default";
const CORE = "/api/v1/namespaces/default";

/** All controllers, over webhooks that take a turn of the event loop to answer. */
class Hooked implements Disposable {
  readonly hooks: FakeWebhooks;
  readonly cluster: NodeCluster;

  constructor(webhooks: Record<string, Webhook>) {
    this.hooks = new FakeWebhooks(webhooks);
    this.cluster = new NodeCluster({ outbound: this.hooks.outbound });
  }

  async send(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await this.cluster.send(method, path, body);
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    return answer.body;
  }

  async configure(kind: "Mutating" | "Validating", webhooks: readonly Json[]): Promise<void> {
    await this.send("POST", `${WEBHOOKS}/${kind.toLowerCase()}webhookconfigurations`, aConfiguration(kind, "c", webhooks));
  }

  async items(path: string): Promise<any[]> { return (await this.send("GET", path)).items; }

  async node(name = "n1"): Promise<void> {
    await this.send("POST", "/api/v1/nodes", aNode({ name }));
    await this.send("PATCH", `/api/v1/nodes/${name}/status`, { status: { conditions: [{ type: "Ready", status: "True", reason: "KubeletReady", message: "" }], ...(aNode({ name }) as Json)["status"] } });
  }

  rest(): Promise<void> { return this.cluster.rest(200); }

  async events(reason: string): Promise<string[]> {
    return (await this.items(`${CORE}/events`)).filter((event) => event.reason === reason).map((event) => event.message);
  }

  [Symbol.dispose](): void { this.cluster[Symbol.dispose](); }
}

const label: Webhook = ({ operation }) => (operation === "CREATE" ? { patch: [{ op: "add", path: "/metadata/labels/hooked", value: "yes" }] } : {});
const deploy = async (h: Hooked, replicas: number): Promise<any> => await h.send("POST", `${APPS}/deployments`, aDeployment({ replicas }));

test("fifty pods of a set are shown to the webhooks side by side, each once", async () => {
  using h = new Hooked({ label, check: () => ({}) });
  await h.rest();
  await h.configure("Mutating", [aWebhook("label", aRule("pods"))]);
  await h.configure("Validating", [aWebhook("check", aRule("pods"))]);
  await deploy(h, 50);
  await h.rest();
  const pods = await h.items(`${CORE}/pods`);
  expect(pods).toHaveLength(50);
  expect(pods.every((pod) => pod.metadata.labels.hooked === "yes")).toBe(true);
  expect(h.hooks.names().filter((name) => name === "label")).toHaveLength(50);
  const checked = h.hooks.calls.filter(({ name }) => name === "check").map(({ request }) => request.object.metadata.uid);
  expect(checked.toSorted()).toEqual(pods.map((pod) => pod.metadata.uid).toSorted());
  expect(new Set(h.hooks.calls.map(({ request }) => request.uid)).size).toBe(100);
  expect((await h.send("GET", `${APPS}/deployments/web`)).status.replicas).toBe(50);
  expect(await h.events("SuccessfulCreate")).not.toEqual([]);
});

test("a set that was scaled while its webhooks were thinking gets what it then wants", async () => {
  const waiting: (() => void)[] = [];
  using h = new Hooked({ slow: () => new Promise((resolve) => waiting.push(() => resolve({}))) });
  await h.rest();
  await h.configure("Validating", [aWebhook("slow", aRule("pods"))]);
  await deploy(h, 3);
  await h.rest();
  expect(waiting).toHaveLength(3);
  await h.send("PATCH", `${APPS}/deployments/web`, { spec: { replicas: 5 } });
  await h.rest();
  for (const answer of waiting.splice(0)) answer();
  await h.rest();
  expect(waiting).toHaveLength(2);
  for (const answer of waiting.splice(0)) answer();
  await h.rest();
  expect(await h.items(`${CORE}/pods`)).toHaveLength(5);
});

test("a webhook that fails closed shows as FailedCreate, is asked with back-off, and the set recovers", async () => {
  let isOpen = false;
  using h = new Hooked({ gate: (): Verdict | OutboundAnswer => (isOpen ? {} : { error: "connection refused" }) });
  await h.rest();
  await h.configure("Validating", [aWebhook("gate", aRule("pods"))]);
  await deploy(h, 3);
  await h.rest();
  expect(await h.events("FailedCreate")).toEqual(['Error creating: Internal error occurred: failed calling webhook "gate.example.com": failed to call webhook: Post "https://hooks.example.com/gate?timeout=10s": connection refused']);
  const [set] = await h.items(`${APPS}/replicasets`);
  expect(set.status.conditions).toMatchObject([{ type: "ReplicaFailure", status: "True", reason: "FailedCreate" }]);
  for (let seconds = 0; seconds < 120; seconds += 5) await h.cluster.pass(5_000);
  expect(h.hooks.calls.length).toBeLessThan(60);
  isOpen = true;
  for (let seconds = 0; seconds < 240; seconds += 20) await h.cluster.pass(20_000);
  expect(await h.items(`${CORE}/pods`)).toHaveLength(3);
});

test("an eviction of the cluster's object in between makes no pod twice and loses none", async () => {
  using h = new Hooked({ label: async (request, call) => { await new Promise((resolve) => setImmediate(resolve)); return label(request, call); } });
  await h.rest();
  await h.configure("Mutating", [aWebhook("label", aRule("pods"))]);
  await deploy(h, 4);
  await h.cluster.rest(3);
  h.cluster.evict();
  for (let i = 0; i < 4; i++) await h.cluster.pass(60_000);
  await h.rest();
  expect(await h.items(`${CORE}/pods`)).toHaveLength(4);
});

test("a pod whose binding is refused keeps no other from its place", async () => {
  let isOpen = false;
  using h = new Hooked({ gate: ({ object }) => ({ allowed: isOpen || !object.metadata.name.startsWith("bad") }) });
  await h.node();
  await h.rest();
  await h.configure("Validating", [aWebhook("gate", aRule("pods/binding"))]);
  const pod = (name: string) => ({ apiVersion: "v1", kind: "Pod", metadata: { name }, spec: { containers: [{ name: "c", image: "i" }] } });
  for (const name of ["bad", "good"]) await h.send("POST", `${CORE}/pods`, pod(name));
  await h.rest();
  const nodes = async () => (await h.items(`${CORE}/pods`)).map(({ metadata, spec }) => [metadata.name, spec.nodeName]);
  expect(await nodes()).toEqual([["bad", undefined], ["good", "n1"]]);
  expect(await h.events("FailedScheduling")).toEqual(['binding rejected: admission webhook "gate.example.com" denied the request without explanation']);
  isOpen = true;
  await h.cluster.pass(100);
  await h.rest();
  expect(await nodes()).toEqual([["bad", "n1"], ["good", "n1"]]);
});

test("a pod that a webhook protects does not keep its DaemonSet from the other nodes", async () => {
  using h = new Hooked({ guard: ({ oldObject }) => (oldObject.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].values[0] === "n1" ? { allowed: false, status: { message: "precious" } } : {}) });
  for (const name of ["n1", "n2"]) await h.node(name);
  await h.rest();
  await h.configure("Validating", [aWebhook("guard", aRule("pods", "DELETE"))]);
  const labels = { app: "d" };
  await h.send("POST", `${APPS}/daemonsets`, { apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "d" }, spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } } } });
  await h.rest();
  expect(await h.items(`${CORE}/pods`)).toHaveLength(2);
  await h.send("PATCH", `${APPS}/daemonsets/d`, { spec: { template: { spec: { nodeSelector: { nowhere: "yes" } } } } });
  await h.rest();
  const left = (await h.items(`${CORE}/pods`)).filter((pod) => !pod.metadata.deletionTimestamp);
  expect(left.map((pod) => pod.spec.nodeName)).toEqual(["n1"]);
  expect(await h.events("FailedDelete")).toEqual(['Error deleting: admission webhook "guard.example.com" denied the request: precious']);
});

test("what a webhook protects stays, and everything else that has lost its owner goes", async () => {
  let isOpen = false;
  using h = new Hooked({ guard: ({ oldObject }) => ({ allowed: isOpen || oldObject.metadata.name !== "keep" }) });
  await h.rest();
  const owner = await h.send("POST", `${CORE}/configmaps`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "owner" } });
  const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: owner.metadata.uid }];
  for (const name of ["a", "keep", "z"]) await h.send("POST", `${CORE}/secrets`, { apiVersion: "v1", kind: "Secret", metadata: { name, ownerReferences } });
  await h.configure("Validating", [aWebhook("guard", aRule("secrets", "DELETE"))]);
  await h.send("DELETE", `${CORE}/configmaps/owner`);
  await h.rest();
  expect((await h.items(`${CORE}/secrets`)).map(({ metadata }) => metadata.name)).toEqual(["keep"]);
  isOpen = true;
  for (let i = 0; i < 4; i++) await h.cluster.pass(60_000);
  expect(await h.items(`${CORE}/secrets`)).toEqual([]);
});

test("a namespace whose content is protected says so, and goes when it may", async () => {
  let isOpen = false;
  using h = new Hooked({ guard: ({ name }) => (isOpen || name !== "keep" ? {} : { allowed: false, status: { message: "precious" } }) });
  await h.rest();
  await h.send("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "team" } });
  for (const name of ["a", "keep", "z"]) await h.send("POST", "/api/v1/namespaces/team/secrets", { apiVersion: "v1", kind: "Secret", metadata: { name } });
  await h.configure("Validating", [aWebhook("guard", aRule("secrets", "DELETE"))]);
  await h.send("DELETE", "/api/v1/namespaces/team");
  await h.rest();
  expect((await h.items("/api/v1/namespaces/team/secrets")).map(({ metadata }) => metadata.name)).toEqual(["keep"]);
  const { status } = await h.send("GET", "/api/v1/namespaces/team");
  expect(status.conditions.find((condition: Json) => condition["type"] === "NamespaceDeletionContentFailure")).toMatchObject({
    status: "True", reason: "ContentDeletionFailed", message: 'Failed to delete all resource types, 1 remaining: admission webhook "guard.example.com" denied the request: precious',
  });
  isOpen = true;
  for (let i = 0; i < 4; i++) await h.cluster.pass(60_000);
  expect((await h.cluster.send("GET", "/api/v1/namespaces/team")).status).toBe(404);
});
