import { expect, test } from "vitest";
import { metricsText } from "../../src/durable/metrics-text.ts";
import { aConfigMap } from "../contract/node-cluster.ts";
import { aRule, aWebhook, WEBHOOKS, type Webhook } from "../harness/fake-webhooks.ts";
import { hooked, MAPS } from "../harness/hooked-cluster.ts";

type Json = Record<string, any>;
const allow: Webhook = () => ({});

test("a webhook is asked about a create as upstream asks it", async () => {
  using h = hooked({ check: allow });
  await h.configure("Validating", [aWebhook("check", aRule("configmaps"), { clientConfig: { service: { namespace: "hooks", name: "check", path: "/really" }, caBundle: btoa("CA") }, timeoutSeconds: 7 })]);
  const user = { username: "jane", uid: "u1", groups: ["system:masters", "dev"], extra: { scopes: ["a"] }, authenticator: "test" };
  const { status, body } = await h.send("POST", `${MAPS}?fieldManager=kubectl&fieldValidation=Strict`, aConfigMap("a", { k: "v" }), user);
  expect(status).toBe(201);
  const [{ call, review, request }] = h.hooks.calls as [any];
  expect(call).toMatchObject({ endpoint: { service: { namespace: "hooks", name: "check", port: 443, path: "/really" }, caBundle: btoa("CA") }, method: "POST", timeoutMs: 7000, query: "timeout=7s", headers: { "Content-Type": "application/json" } });
  expect(review).toMatchObject({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" });
  const { resourceVersion: _, ...metadata } = body.metadata;
  expect(request).toEqual({
    uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    kind: { group: "", version: "v1", kind: "ConfigMap" }, resource: { group: "", version: "v1", resource: "configmaps" },
    requestKind: { group: "", version: "v1", kind: "ConfigMap" }, requestResource: { group: "", version: "v1", resource: "configmaps" },
    name: "a", namespace: "default", operation: "CREATE", userInfo: { username: "jane", uid: "u1", groups: ["system:masters", "dev"], extra: { scopes: ["a"] } },
    object: { ...body, metadata }, oldObject: null, dryRun: false,
    options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1", fieldManager: "kubectl", fieldValidation: "Strict" },
  });
});

test("a refusal is told in the webhook's words and with its code", async () => {
  using h = hooked({
    plain: () => ({ allowed: false }), worded: () => ({ allowed: false, status: { message: "no such luck", code: 403, reason: "Forbidden", details: { causes: [{ message: "x" }] } } }),
    reasoned: () => ({ allowed: false, status: { reason: "NotAcceptable", code: 200 } }),
  });
  await h.configure("Validating", ["plain", "worded", "reasoned"].map((name) => aWebhook(name, aRule("configmaps"), { objectSelector: { matchLabels: { by: name } } })));
  const refused = async (by: string) => await h.create(aConfigMap("a", {}, { by }));
  expect(await refused("plain")).toMatchObject({ status: 400, body: { code: 400, status: "Failure", message: 'admission webhook "plain.example.com" denied the request without explanation' } });
  expect((await refused("plain")).body).not.toHaveProperty("reason");
  expect(await refused("worded")).toMatchObject({ status: 403, body: { code: 403, reason: "Forbidden", message: 'admission webhook "worded.example.com" denied the request: no such luck', details: { causes: [{ message: "x" }] } } });
  expect(await refused("reasoned")).toMatchObject({ status: 400, body: { reason: "NotAcceptable", message: 'admission webhook "reasoned.example.com" denied the request: NotAcceptable' } });
  expect((await refused("nobody")).status).toBe(201);
});

test("mutating webhooks are asked one after the other, by the names of their configurations, before validating ones", async () => {
  const add = (key: string): Webhook => (request) => ({ patch: [{ op: "add", path: `/data/${key}`, value: Object.keys(request.object.data).join() }] });
  using h = hooked({ one: add("one"), two: add("two"), three: add("three"), check: allow });
  await h.configure("Validating", [aWebhook("check", aRule("configmaps"))], "a");
  await h.configure("Mutating", [aWebhook("three", aRule("configmaps"))], "b");
  await h.configure("Mutating", [aWebhook("one", aRule("configmaps")), aWebhook("two", aRule("configmaps"))], "a");
  const { body } = await h.create();
  expect(body.data).toEqual({ k: "v", one: "k", two: "k,one", three: "k,one,two" });
  expect(h.hooks.names()).toEqual(["one", "two", "three", "check"]);
  expect(h.hooks.calls[3]!.request.object.data).toEqual(body.data);
});

test("a new object has its identity only for validating webhooks, and no webhook can take it", async () => {
  using h = hooked({ change: () => ({ patch: [{ op: "add", path: "/metadata/uid", value: "mine" }, { op: "add", path: "/metadata/labels", value: { seen: "yes" } }] }), check: allow });
  await h.configure("Mutating", [aWebhook("change", aRule("configmaps"))]);
  await h.configure("Validating", [aWebhook("check", aRule("configmaps"))]);
  const { body } = await h.create({ ...aConfigMap(""), metadata: { generateName: "a-" } });
  expect(h.hooks.calls[0]!.request.object.metadata).toEqual({ generateName: "a-", namespace: "default", managedFields: [expect.objectContaining({ manager: "test" })] });
  expect(h.hooks.calls[0]!.request).not.toHaveProperty("name");
  expect(h.hooks.calls[1]!.request.name).toBe(body.metadata.name);
  expect(h.hooks.calls[1]!.request.object.metadata).toMatchObject({ uid: body.metadata.uid, name: body.metadata.name });
  expect(body.metadata).toMatchObject({ uid: expect.not.stringMatching("mine"), labels: { seen: "yes" } });
});

test("defaults are filled in before a webhook looks and again after it changed something", async () => {
  using h = hooked({ inject: () => ({ patch: [{ op: "add", path: "/spec/initContainers", value: [{ name: "init", image: "busybox" }] }] }) });
  await h.configure("Mutating", [aWebhook("inject", aRule("pods"))]);
  await h.send("POST", "/api/v1/namespaces/default/serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } });
  const { body } = await h.create({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "nginx" }] } }, "/api/v1/namespaces/default/pods");
  expect(h.hooks.calls[0]!.request.object.spec).toMatchObject({ restartPolicy: "Always", serviceAccountName: "default" });
  expect(body.spec.initContainers).toMatchObject([{ name: "init", image: "busybox", imagePullPolicy: "Always", terminationMessagePath: "/dev/termination-log" }]);
});

test("what a webhook adds is managed by nobody, and it cannot break the managed fields", async () => {
  using h = hooked({ change: () => ({ patch: [{ op: "add", path: "/data/hooked", value: "yes" }, { op: "add", path: "/metadata/managedFields", value: [{ manager: "x", operation: "Nonsense" }] }] }) });
  await h.configure("Mutating", [aWebhook("change", aRule("configmaps", ["CREATE", "UPDATE"]))]);
  const { body, warnings } = await h.create();
  expect(body.data).toEqual({ k: "v", hooked: "yes" });
  expect(body.metadata.managedFields).toMatchObject([{ manager: "test", operation: "Update", fieldsV1: { "f:data": { ".": {}, "f:k": {} } } }]);
  expect(body.metadata.managedFields[0].fieldsV1["f:data"]).not.toHaveProperty("f:hooked");
  expect(warnings![0]).toMatch(/^\.metadata\.managedFields was in an invalid state after admission; /);
  const patched = await h.send("PATCH", `${MAPS}/a`, { data: { l: "w" } });
  expect(Object.keys(patched.body.metadata.managedFields[0].fieldsV1["f:data"])).toEqual([".", "f:k", "f:l"]);
});

test("patches that cannot be applied or do not fit fail the request", async () => {
  const patches: Record<string, unknown> = {
    missing: [{ op: "replace", path: "/spec/x", value: 1 }], unfit: [{ op: "add", path: "/data", value: 5 }], elsewhere: [{ op: "replace", path: "/metadata/namespace", value: "kube-system" }], empty: [], unknown: [{ op: "add", path: "/datum", value: "x" }],
  };
  using h = hooked(Object.fromEntries(Object.entries(patches).map(([name, patch]) => [name, () => ({ patch })])));
  await h.configure("Mutating", Object.keys(patches).map((name) => aWebhook(name, aRule("configmaps"), { objectSelector: { matchLabels: { by: name } } })));
  const by = async (name: string) => await h.create(aConfigMap(name, {}, { by: name }));
  expect(await by("missing")).toMatchObject({ status: 500, body: { reason: "InternalError", message: 'Internal error occurred: replace operation does not apply: doc is missing path: /spec/x: missing value' } });
  expect((await by("unfit")).status).toBe(500);
  expect(await by("elsewhere")).toMatchObject({ status: 400, body: { message: "the namespace of the provided object does not match the namespace sent on the request" } });
  expect((await by("empty")).status).toBe(201);
  expect((await by("unknown")).body).not.toHaveProperty("datum");
});

test("updates show both objects, deletes the old one, and the patched object is what is stored", async () => {
  using h = hooked({ watch: ({ operation }) => (operation === "UPDATE" ? { patch: [{ op: "add", path: "/data/hooked", value: "yes" }] } : {}) });
  await h.configure("Mutating", [aWebhook("watch", aRule("configmaps", ["UPDATE", "DELETE"]))]);
  await h.create();
  const { body } = await h.send("PATCH", `${MAPS}/a?fieldManager=m`, { data: { k: "w" } });
  expect(body.data).toEqual({ k: "w", hooked: "yes" });
  expect((await h.send("GET", `${MAPS}/a`)).body.data).toEqual(body.data);
  expect(h.hooks.calls[0]!.request).toMatchObject({ operation: "UPDATE", name: "a", oldObject: { data: { k: "v" } }, object: { data: { k: "w" } }, options: { kind: "UpdateOptions", apiVersion: "meta.k8s.io/v1", fieldManager: "m" } });
  const deletion = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background", gracePeriodSeconds: 0 };
  expect((await h.send("DELETE", `${MAPS}/a`, deletion)).status).toBe(200);
  expect(h.hooks.calls[1]!.request).toMatchObject({ operation: "DELETE", name: "a", object: null, oldObject: { data: body.data }, options: { kind: "DeleteOptions", apiVersion: "meta.k8s.io/v1", propagationPolicy: "Background", gracePeriodSeconds: 0 } });
});

test("a webhook that patches a deletion is told that it cannot", async () => {
  using h = hooked({ patch: () => ({ patch: [{ op: "add", path: "/data", value: {} }] }) });
  await h.create();
  await h.configure("Mutating", [aWebhook("patch", aRule("configmaps", "DELETE"))]);
  expect((await h.send("DELETE", `${MAPS}/a`)).body.message).toBe('Internal error occurred: admission webhook "patch.example.com" attempted to modify the object, which is not supported for this operation');
});

test("the deletion of a collection asks about each object, in one go", async () => {
  let under = 0;
  let most = 0;
  const slow: Webhook = async ({ name }) => {
    most = Math.max(most, ++under);
    await new Promise((resolve) => setImmediate(resolve));
    under--;
    return { allowed: name !== "m7" };
  };
  using h = hooked({ slow });
  for (let i = 0; i < 20; i++) await h.create(aConfigMap(`m${i}`, {}, i === 7 ? { keep: "yes" } : {}));
  await h.configure("Validating", [aWebhook("slow", aRule("configmaps", "DELETE"))]);
  expect((await h.send("DELETE", MAPS)).body.message).toContain("denied the request");
  expect((await h.send("GET", MAPS)).body.items).toHaveLength(20);
  expect((await h.send("DELETE", `${MAPS}?labelSelector=!keep`)).status).toBe(200);
  expect((await h.send("GET", MAPS)).body.items).toHaveLength(1);
  expect(most).toBeGreaterThan(10);
  expect(h.hooks.calls).toHaveLength(20 + 19);
});

test.each<[string, Json, Json, boolean]>([
  ["another operation", aRule("configmaps", "UPDATE"), {}, false], ["any operation", aRule("configmaps", "*"), {}, true],
  ["another group", aRule("configmaps", "CREATE", { apiGroups: ["apps"] }), {}, false], ["the core group", aRule("configmaps", "CREATE", { apiGroups: [""] }), {}, true],
  ["another version", aRule("configmaps", "CREATE", { apiVersions: ["v2"] }), {}, false],
  ["any resource", aRule("*"), {}, true], ["any resource and subresource", aRule("*/*"), {}, true], ["a subresource", aRule("configmaps/status"), {}, false], ["all of a resource", aRule("configmaps/*"), {}, true],
  ["the wrong scope", aRule("configmaps", "CREATE", { scope: "Cluster" }), {}, false], ["the right scope", aRule("configmaps", "CREATE", { scope: "Namespaced" }), {}, true],
  ["the namespace's labels", aRule("configmaps"), { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "default" } } }, true],
  ["the labels of another namespace", aRule("configmaps"), { namespaceSelector: { matchLabels: { team: "x" } } }, false],
  ["the object's labels", aRule("configmaps"), { objectSelector: { matchExpressions: [{ key: "app", operator: "Exists" }] } }, true],
  ["labels that the object has not", aRule("configmaps"), { objectSelector: { matchLabels: { app: "other" } } }, false],
  ["a condition that is met", aRule("configmaps"), { matchConditions: [{ name: "k", expression: "object.data.k == 'v' && request.resource.resource == 'configmaps'" }] }, true],
  ["a condition that is not met", aRule("configmaps"), { matchConditions: [{ name: "a", expression: "true" }, { name: "b", expression: "object.metadata.name.startsWith('kube')" }] }, false],
])("a webhook for %s", async (_name, rule, more, called) => {
  using h = hooked({ check: allow });
  await h.configure("Validating", [aWebhook("check", rule, more)]);
  expect((await h.create(aConfigMap("a", { k: "v" }, { app: "web" }))).status).toBe(201);
  expect(h.hooks.calls).toHaveLength(called ? 1 : 0);
});

test("a condition that fails is dealt with as the failure policy says, without a call", async () => {
  const conditions = { matchConditions: [{ name: "broken", expression: "object.data.missing == 'x'" }] };
  using strict = hooked({ check: allow });
  await strict.configure("Validating", [aWebhook("check", aRule("configmaps"), conditions)]);
  const { status, body } = await strict.create();
  expect(status).toBe(403);
  expect(body.message).toBe(`configmaps "a" is forbidden: expression 'object.data.missing == 'x'' resulted in error: no such key: missing`);
  using lax = hooked({ check: allow });
  await lax.configure("Validating", [aWebhook("check", aRule("configmaps"), { ...conditions, failurePolicy: "Ignore" })]);
  expect((await lax.create()).status).toBe(201);
  expect([...strict.hooks.calls, ...lax.hooks.calls]).toEqual([]);
});

test("objects that had or get the label are selected, and namespaces by their own labels", async () => {
  using h = hooked({ check: allow });
  await h.configure("Validating", [
    aWebhook("check", aRule("configmaps", "*"), { objectSelector: { matchLabels: { env: "prod" } } }),
    aWebhook("check", aRule("namespaces", "*"), { name: "other.example.com", namespaceSelector: { matchLabels: { env: "prod" } } }),
  ]);
  await h.create(aConfigMap("a"));
  await h.send("PATCH", `${MAPS}/a`, { metadata: { labels: { env: "prod" } } });
  await h.send("PATCH", `${MAPS}/a`, { metadata: { labels: { env: null } } });
  await h.send("PATCH", `${MAPS}/a`, { data: { x: "1" } });
  expect(h.hooks.calls).toHaveLength(2);
  await h.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "n", labels: { env: "prod" } } }, "/api/v1/namespaces");
  await h.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "m" } }, "/api/v1/namespaces");
  expect(h.hooks.calls.slice(2).map(({ request }) => [request.name, request.namespace])).toEqual([["n", "n"]]);
});

test.each<[string, Webhook | undefined, string]>([
  ["is not there", undefined, 'failed to call webhook: Post "https://hooks.example.com/bad?timeout=10s": dial tcp: connection refused'],
  ["takes too long", () => ({ error: "context deadline exceeded", timedOut: true }), 'failed to call webhook: Post "https://hooks.example.com/bad?timeout=10s": context deadline exceeded'],
  ["breaks down", () => ({ status: 500, body: "oh no\n" }), 'failed to call webhook: an error on the server ("oh no") has prevented the request from succeeding'],
  ["is somewhere else", () => ({ status: 404, body: "" }), "failed to call webhook: the server could not find the requested resource"],
  ["answers nonsense", () => ({ status: 200, body: "hello" }), "received invalid webhook response: couldn't get version/kind; json parse error"],
  ["answers nothing", () => ({ status: 200, body: "{}" }), "received invalid webhook response: webhook response was absent"],
  ["answers somebody else", () => ({ uid: "other" }), 'received invalid webhook response: expected response.uid='],
  ["answers as another kind", ({ uid }) => ({ status: 200, body: JSON.stringify({ response: { uid, allowed: true } }) }), "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got /, Kind="],
  ["patches although it may only look", () => ({ patch: [] }), "validating webhook may not return response.patch"],
])("a webhook that %s fails closed or open", async (_name, bad, message) => {
  using h = hooked(bad ? { bad } : {});
  await h.configure("Validating", [aWebhook("bad", aRule("configmaps"), { objectSelector: { matchLabels: { strict: "yes" } } }), aWebhook("bad", aRule("configmaps"), { name: "lax.example.com", failurePolicy: "Ignore" })]);
  const { status, body } = await h.create(aConfigMap("a", {}, { strict: "yes" }));
  expect([status, body.reason]).toEqual([500, "InternalError"]);
  expect(body.message).toMatch(/^Internal error occurred: failed calling webhook "bad\.example\.com": /);
  expect(body.message).toContain(message);
  expect((await h.create(aConfigMap("a"))).status).toBe(201);
});

test("version v1beta1 is spoken with who asks for it, and v1 with who knows both", async () => {
  using h = hooked({ old: ({ operation }) => ({ uid: "whatever", ...(operation === "CREATE" && { patch: [{ op: "add", path: "/data/old", value: "1" }] }) }), both: allow });
  await h.configure("Mutating", [aWebhook("old", aRule("configmaps"), { admissionReviewVersions: ["v0", "v1beta1"] }), aWebhook("both", aRule("configmaps"), { admissionReviewVersions: ["v1", "v1beta1"] })]);
  expect((await h.create()).body.data).toEqual({ k: "v", old: "1" });
  expect(h.hooks.calls.map(({ review }) => review.apiVersion)).toEqual(["admission.k8s.io/v1beta1", "admission.k8s.io/v1"]);
});

test("warnings reach the client whichever way it went", async () => {
  using h = hooked({ warn: ({ name }) => ({ allowed: name !== "no", warnings: [`about ${name}`] }) });
  await h.configure("Validating", [aWebhook("warn", aRule("configmaps"))]);
  expect((await h.create()).warnings).toEqual(["about a"]);
});

test("the audit log hears who mutated what, who failed open, and what the webhooks themselves have to say, once", async () => {
  const patch = [{ op: "add", path: "/data/hooked", value: "yes" }];
  using h = hooked({ change: () => ({ patch, auditAnnotations: { why: "because" } }), idle: allow });
  await h.configure("Mutating", [aWebhook("idle", aRule("configmaps")), aWebhook("change", aRule("configmaps")), aWebhook("absent", aRule("configmaps"), { failurePolicy: "Ignore" })]);
  await h.configure("Validating", [aWebhook("gone", aRule("configmaps"), { failurePolicy: "Ignore" })]);
  const auditAnnotations: Record<string, string> = { before: "kept" };
  await h.cluster.core.handle({ ...h.cluster.request("POST", MAPS, aConfigMap("a", { k: "v" })), auditAnnotations });
  const mutation = (name: string, mutated: boolean) => JSON.stringify({ configuration: "c", webhook: `${name}.example.com`, mutated });
  expect(auditAnnotations).toMatchObject({
    before: "kept", "change.example.com/why": "because",
    "mutation.webhook.admission.k8s.io/round_0_index_0": mutation("idle", false),
    "mutation.webhook.admission.k8s.io/round_0_index_1": mutation("change", true),
    "patch.webhook.admission.k8s.io/round_0_index_1": JSON.stringify({ configuration: "c", webhook: "change.example.com", patch, patchType: "JSONPatch" }),
    "mutation.webhook.admission.k8s.io/round_0_index_2": mutation("absent", false),
    "failed-open.mutation.webhook.admission.k8s.io/round_0_index_2": "absent.example.com",
    "failed-open.validating.webhook.admission.k8s.io/round_0_index_0": "gone.example.com",
  });
});

test("calls of webhooks are counted under upstream's names, once each", async () => {
  using h = hooked({ change: () => ({ patch: [{ op: "add", path: "/data/hooked", value: "yes" }] }), deny: ({ name }) => ({ allowed: name !== "bad", status: { code: 403 } }) });
  await h.configure("Mutating", [aWebhook("change", aRule("configmaps")), aWebhook("absent", aRule("configmaps"), { failurePolicy: "Ignore" })]);
  await h.configure("Validating", [aWebhook("deny", aRule("configmaps"))]);
  await h.create(aConfigMap("good", { k: "v" }));
  await h.create(aConfigMap("bad", { k: "v" }));
  const text = metricsText(h.cluster.core, { nowMs: () => h.cluster.clock.nowMs, startedMs: 0, databaseBytes: () => undefined });
  expect(text).toContain('apiserver_admission_webhook_request_total{name="change.example.com",type="admit",operation="CREATE",code="200",rejected="false"} 2\n');
  expect(text).toContain('apiserver_admission_webhook_request_total{name="deny.example.com",type="validating",operation="CREATE",code="403",rejected="true"} 1\n');
  expect(text).toContain('apiserver_admission_webhook_rejection_count{name="deny.example.com",type="validating",operation="CREATE",error_type="no_error",rejection_code="403"} 1\n');
  expect(text).toContain('apiserver_admission_webhook_fail_open_count{name="absent.example.com",type="admit"} 2\n');
  expect(text).toContain('apiserver_admission_webhook_admission_duration_seconds_count{name="change.example.com",type="admit",operation="CREATE",rejected="false"} 2\n');
});

test("a dry run calls only webhooks without side effects, and tells them", async () => {
  using h = hooked({ pure: allow, impure: allow });
  await h.configure("Validating", [aWebhook("pure", aRule("configmaps"), { sideEffects: "NoneOnDryRun" })]);
  expect((await h.send("POST", `${MAPS}?dryRun=All`, aConfigMap("a"))).status).toBe(201);
  expect(h.hooks.calls[0]!.request).toMatchObject({ dryRun: true, options: { dryRun: ["All"] } });
  expect((await h.send("GET", MAPS)).body.items).toEqual([]);
});

test("a webhook is asked again if others changed the object after it, and wants that", async () => {
  const count = (key: string): Webhook => (request) => ({ patch: [{ op: "add", path: `/data/${key}`, value: String(Object.keys(request.object.data).length) }] });
  using h = hooked({ first: count("first"), second: count("second"), shy: allow });
  await h.configure("Mutating", [aWebhook("first", aRule("configmaps"), { reinvocationPolicy: "IfNeeded" }), aWebhook("shy", aRule("configmaps")), aWebhook("second", aRule("configmaps"))]);
  expect((await h.create()).body.data).toEqual({ k: "v", first: "3", second: "2" });
  expect(h.hooks.names()).toEqual(["first", "shy", "second", "first"]);
});

test("nobody is asked again when nothing changed", async () => {
  using h = hooked({ first: allow, second: allow });
  await h.configure("Mutating", [aWebhook("first", aRule("configmaps"), { reinvocationPolicy: "IfNeeded" }), aWebhook("second", aRule("configmaps"))]);
  await h.create();
  expect(h.hooks.names()).toEqual(["first", "second"]);
});

test("the configurations of admission themselves are seen by nobody", async () => {
  using h = hooked({ deny: () => ({ allowed: false }) });
  await h.configure("Validating", [aWebhook("deny", aRule("*/*", "*"))]);
  await h.configure("Mutating", [aWebhook("deny", aRule("*/*", "*"))]);
  for (const kind of ["validating", "mutating"]) expect((await h.send("DELETE", `${WEBHOOKS}/${kind}webhookconfigurations/c`)).status).toBe(200);
  expect(h.hooks.calls).toEqual([]);
});

test("subresources are seen as what was sent to them", async () => {
  using h = hooked({ all: ({ subResource, operation }) => (subResource === "scale" && operation === "UPDATE" ? { patch: [{ op: "replace", path: "/spec/replicas", value: 4 }] } : {}) });
  await h.send("POST", "/api/v1/namespaces/default/serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } });
  const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };
  const deployments = "/apis/apps/v1/namespaces/default/deployments";
  await h.create({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, spec: { replicas: 1, selector: { matchLabels: { a: "b" } }, template } }, deployments);
  await h.create({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: template.spec }, "/api/v1/namespaces/default/pods");
  await h.configure("Mutating", [aWebhook("all", aRule(["deployments/scale", "deployments/status", "pods/binding", "pods/eviction"], "*"))]);
  const scaled = await h.send("PATCH", `${deployments}/d/scale`, { spec: { replicas: 2 } });
  expect(scaled.body.spec.replicas).toBe(4);
  expect((await h.send("GET", `${deployments}/d`)).body.spec.replicas).toBe(4);
  await h.send("PATCH", `${deployments}/d/status`, { status: { replicas: 1 } });
  expect((await h.create({ apiVersion: "v1", kind: "Binding", metadata: { name: "p" }, target: { kind: "Node", name: "n1" } }, "/api/v1/namespaces/default/pods/p/binding")).status).toBe(201);
  expect((await h.create({ apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "p" } }, "/api/v1/namespaces/default/pods/p/eviction")).status).toBe(201);
  const seen = h.hooks.calls.map(({ request }) => [request.operation, request.resource.resource, request.subResource, request.kind.kind, request.object.kind, request.oldObject?.kind, request.name]);
  expect(seen).toEqual([
    ["UPDATE", "deployments", "scale", "Scale", "Scale", "Scale", "d"],
    ["UPDATE", "deployments", "status", "Deployment", "Deployment", "Deployment", "d"],
    ["CREATE", "pods", "binding", "Binding", "Binding", undefined, "p"],
    ["CREATE", "pods", "eviction", "Eviction", "Eviction", undefined, "p"],
  ]);
  expect(h.hooks.calls[0]!.request).toMatchObject({ object: { spec: { replicas: 2 } }, oldObject: { spec: { replicas: 1 } } });
});

test("streams are asked for with their options, and can be refused", async () => {
  using h = hooked({ deny: () => ({ allowed: false, status: { message: "attaching to pods is not allowed" } }) });
  await h.send("POST", "/api/v1/namespaces/default/serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } });
  await h.create({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { nodeName: "n", containers: [{ name: "c", image: "i" }] } }, "/api/v1/namespaces/default/pods");
  await h.configure("Validating", [aWebhook("deny", aRule(["pods/attach", "pods/exec"], "CONNECT"))]);
  const exec = await h.cluster.core.connect(h.cluster.request("POST", "/api/v1/namespaces/default/pods/p/exec?command=ls&command=-l&stdout=true&container=c"));
  expect("refused" in exec && JSON.parse(exec.refused.body).message).toBe('admission webhook "deny.example.com" denied the request: attaching to pods is not allowed');
  expect(h.hooks.calls[0]!.request).toMatchObject({
    operation: "CONNECT", name: "p", namespace: "default", subResource: "exec", kind: { group: "", version: "v1", kind: "PodExecOptions" }, resource: { resource: "pods" },
    object: { kind: "PodExecOptions", apiVersion: "v1", container: "c", command: ["ls", "-l"], stdout: true }, oldObject: null, options: null,
  });
  expect("target" in await h.cluster.core.connect(h.cluster.request("GET", "/api/v1/namespaces/default/pods/p/log"))).toBe(true);
});

test("a mutating webhook can change what a stream asks of the node", async () => {
  using h = hooked({ safe: () => ({ patch: [{ op: "replace", path: "/command", value: ["echo", "no"] }, { op: "remove", path: "/stdin" }] }) });
  await h.send("POST", "/api/v1/namespaces/default/serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } });
  await h.create({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { nodeName: "n", containers: [{ name: "c", image: "i" }] } }, "/api/v1/namespaces/default/pods");
  await h.configure("Mutating", [aWebhook("safe", aRule("pods/exec", "CONNECT"))]);
  const exec = await h.cluster.core.connect(h.cluster.request("POST", "/api/v1/namespaces/default/pods/p/exec?command=rm&command=-rf&stdin=true&stdout=true"));
  expect("target" in exec && exec.target.open).toMatchObject({ type: "exec", command: ["echo", "no"], stdin: false, stdout: true });
});

test("a write that changed under a webhook is shown to it again", async () => {
  const started: (() => void)[] = [];
  using h = hooked({ slow: () => new Promise((resolve) => started.push(() => resolve({ patch: [{ op: "add", path: "/metadata/labels", value: { seen: "yes" } }] }))) });
  await h.create();
  await h.configure("Mutating", [aWebhook("slow", aRule("configmaps", "UPDATE"), { matchConditions: [{ name: "asked", expression: "has(object.data.ask)" }] })]);
  const answer = h.send("PATCH", `${MAPS}/a`, { data: { ask: "1" } });
  await h.cluster.rest();
  await h.send("PATCH", `${MAPS}/a`, { data: { k: "w" } });
  started.shift()!();
  await h.cluster.rest();
  expect(h.hooks.calls).toHaveLength(2);
  started.shift()!();
  expect((await answer).body).toMatchObject({ data: { ask: "1", k: "w" }, metadata: { labels: { seen: "yes" } } });
  expect(h.hooks.calls[1]!.request.uid).not.toBe(h.hooks.calls[0]!.request.uid);
});

test("what the other plugins do is done again to what a webhook added", async () => {
  using h = hooked({ inject: ({ object }) => (object.spec.containers.length === 1 ? { patch: [{ op: "add", path: "/spec/containers/-", value: { name: "sidecar", image: "s" } }] } : {}) });
  await h.send("POST", "/api/v1/namespaces/default/serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } });
  await h.send("POST", "/api/v1/namespaces/default/limitranges", { apiVersion: "v1", kind: "LimitRange", metadata: { name: "l" }, spec: { limits: [{ type: "Container", default: { cpu: "100m" } }] } });
  await h.configure("Mutating", [aWebhook("inject", aRule("pods"))]);
  const { body } = await h.create({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "nginx" }] } }, "/api/v1/namespaces/default/pods");
  expect(body.spec.containers.map((container: Json) => [container["name"], container["resources"].limits.cpu, container["volumeMounts"]?.length])).toEqual([["c", "100m", 1], ["sidecar", "100m", 1]]);
  expect(h.hooks.calls).toHaveLength(1);
});

test("long integers pass through a webhook to the last digit", async () => {
  const LONG = "9007199254740993";
  using h = hooked({ keep: () => ({ patch: [{ op: "add", path: "/metadata/labels", value: { seen: "yes" } }] }) });
  await h.configure("Mutating", [aWebhook("keep", aRule("podtemplates"))]);
  const body = `{"apiVersion":"v1","kind":"PodTemplate","metadata":{"name":"t"},"template":{"spec":{"containers":[{"name":"c","image":"i"}],"terminationGracePeriodSeconds":${LONG}}}}`;
  const answer = await h.cluster.core.handle({ ...h.cluster.request("POST", "/api/v1/namespaces/default/podtemplates"), body });
  expect(h.hooks.calls[0]!.call.body).toContain(`"terminationGracePeriodSeconds":${LONG}`);
  expect(answer.body).toContain(`"terminationGracePeriodSeconds":${LONG}`);
  expect(answer.body).toContain('"seen":"yes"');
});
