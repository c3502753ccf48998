import { expect, test } from "vitest";
import { builtinKinds } from "../../src/kinds/index.ts";
import type { Authenticated } from "../../src/api/request.ts";
import type { KubeObject } from "../../src/kinds/object.ts";
import { aConfigMap, aDeployment, aPod } from "../harness/builders.ts";
import { accepted, testApi, type TestApi } from "../harness/test-api.ts";

const anAccount = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } } as KubeObject;
const messageOf = async (answer: Promise<{ body: { message: string } }>) => (await answer).body.message;

async function withPods(): Promise<TestApi> {
  const api = await testApi();
  await api.create(anAccount);
  return api;
}

test("generation rises with the specification and not with metadata or status", async () => {
  await using api = await testApi();
  const web = await api.create(aDeployment({ replicas: 1 }));
  expect(web.metadata.generation).toBe(1);
  expect(accepted(await api.mergePatch(web, { metadata: { labels: { a: "b" } } })).metadata.generation).toBe(1);
  expect(accepted(await api.mergePatch(web, { status: { replicas: 1 } }, { subresource: "status" })).metadata.generation).toBe(1);
  expect(accepted(await api.mergePatch(web, { spec: { replicas: 2 } })).metadata.generation).toBe(2);
});

test("scale reads and writes the replicas of a deployment", async () => {
  await using api = await testApi();
  const web = await api.create(aDeployment({ replicas: 3 }));
  const scale = (await api.fetch(web, { subresource: "scale" })).body;
  expect(scale).toMatchObject({ kind: "Scale", apiVersion: "autoscaling/v1", metadata: { name: "web", uid: web.metadata.uid }, spec: { replicas: 3 }, status: { replicas: 0, selector: "app=web" } });
  const put = { ...scale, spec: { replicas: 5 } };
  expect(accepted(await api.send("PUT", api.path(web, "web", "scale"), { body: put })).spec).toEqual({ replicas: 5 });
  expect(await api.send("PUT", api.path(web, "web", "scale"), { body: put })).toBeStatus(409, "Conflict");
  accepted(await api.mergePatch(web, { spec: { replicas: 0 } }, { subresource: "scale" }));
  expect((await api.get(web)).spec).toMatchObject({ replicas: 0 });
  expect(await api.mergePatch(web, { spec: { replicas: -1 } }, { subresource: "scale" })).toBeStatus(422, "Invalid");
});

test("what is immutable in metadata stays", async () => {
  await using api = await testApi();
  const created = await api.create(aConfigMap());
  const change = (metadata: object) => api.mergePatch(created, { metadata });
  expect(await messageOf(change({ name: "other" }))).toBe("the name of the object (other) does not match the name on the URL (config)");
  expect(await messageOf(change({ namespace: "other" }))).toBe("the namespace of the provided object does not match the namespace sent on the request");
  expect(await change({ uid: "00000000-0000-0000-0000-000000000000" })).toBeStatus(409, "Conflict");
  expect(await change({ deletionTimestamp: "2026-01-01T00:00:00Z" })).toBeStatus(422, "Invalid");
  expect((await change({ creationTimestamp: "1999-01-01T00:00:00Z" })).body.metadata.creationTimestamp).toBe(created.metadata.creationTimestamp);
  expect(await change({ resourceVersion: "1" })).toBeStatus(409, "Conflict");
});

test("the URL and the object must agree", async () => {
  await using api = await testApi({ namespaces: ["default", "other"] });
  const created = await api.create(aConfigMap());
  const put = (body: object) => api.send("PUT", api.path(created, "config"), { body });
  expect(await messageOf(put({ ...created, metadata: { ...created.metadata, name: "x" } }))).toBe("the name of the object (x) does not match the name on the URL (config)");
  expect(await messageOf(put({ ...created, metadata: { ...created.metadata, namespace: "other" } }))).toBe("the namespace of the provided object does not match the namespace sent on the request");
  expect(await messageOf(api.send("POST", api.path(created), { body: aConfigMap({ namespace: "other" }) }))).toBe("the namespace of the provided object does not match the namespace sent on the request");
  expect((await api.send("POST", "/api/v1/namespaces/default/configmaps", { body: { ...aDeployment(), metadata: { name: "x" } } })).status).toBe(400);
});

test("metadata is validated as a whole", async () => {
  await using api = await testApi();
  const answer = await api.post(aConfigMap({
    name: "Bad_Name", labels: { "a b": "c" }, annotations: { "x/y/z": "" }, finalizers: ["orphan", "foregroundDeletion"],
    ownerReferences: [{ apiVersion: "", kind: "", name: "", uid: "" }],
  }));
  expect(answer).toBeStatus(422, "Invalid");
  const fields = answer.body.details.causes.map((c: { field: string }) => c.field);
  expect(new Set(fields)).toEqual(new Set(["metadata.name", "metadata.labels", "metadata.annotations", "metadata.finalizers",
    "metadata.ownerReferences.apiVersion", "metadata.ownerReferences.kind", "metadata.ownerReferences.name", "metadata.ownerReferences.uid"]));
  const large = await api.post(aConfigMap({ annotations: { big: "x".repeat(256 * 1024) } }));
  expect(large.body.message).toContain("metadata.annotations: Too long: may not be more than 262144 bytes");
});

test("options are checked before anything else happens", async () => {
  await using api = await testApi();
  const refused = async (query: Record<string, string>) => (await api.post(aConfigMap(), { query })).body.message;
  expect(await refused({ dryRun: "Some" })).toBe('CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"');
  expect(await refused({ fieldValidation: "Loose" })).toContain("fieldValidation: Unsupported value");
  expect(await refused({ fieldManager: "x".repeat(129) })).toContain("fieldManager: Too long: may not be more than 128 bytes");
  const apply = await api.send("PATCH", api.path(aConfigMap(), "config"), { body: aConfigMap(), patchType: "application/apply-patch+yaml" });
  expect(apply.body.message).toBe('PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch');
  const created = await api.create(aConfigMap());
  expect((await api.mergePatch(created, {}, { query: { force: "true" } })).body.message).toContain("force: Forbidden: may not be specified for non-apply patch");
});

test("two managers of one field conflict, and force decides", async () => {
  await using api = await testApi();
  accepted(await api.apply(aConfigMap({ data: { k: "1" } }), { manager: "first" }));
  const second = await api.apply(aConfigMap({ data: { k: "2" } }), { manager: "second" });
  expect(second).toBeStatus(409, "Conflict");
  expect(second.body.details.causes[0].reason).toBe("FieldManagerConflict");
  expect(accepted(await api.apply(aConfigMap({ data: { k: "2" } }), { manager: "second", force: true })).data).toEqual({ k: "2" });
});

test("deletion honours preconditions, and policies become finalizers", async () => {
  await using api = await testApi();
  const web = await api.create(aDeployment());
  expect(await api.delete(web, { body: { preconditions: { uid: "other" } } })).toBeStatus(409, "Conflict");
  expect(await api.delete(web, { body: { preconditions: { resourceVersion: "1" } } })).toBeStatus(409, "Conflict");
  expect(await api.delete(web, { body: { propagationPolicy: "Sideways" } })).toBeStatus(422, "Invalid");
  expect(await api.delete(web, { body: { propagationPolicy: "Orphan", orphanDependents: true } })).toBeStatus(422, "Invalid");
  expect(await messageOf(api.delete(web, { body: { gracePeriodSeconds: "soon" } }))).toContain("json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64");
  expect(await api.delete(web, { body: { kind: "Pod", apiVersion: "v1" } })).toBeStatus(400, "BadRequest");
  expect(await api.delete(web, { body: { kind: "DeleteOptions", apiVersion: "policy/v1", preconditions: { uid: "other" }, unheardOf: 1 } })).toBeStatus(409, "Conflict");
  const orphaning = accepted(await api.delete(web, { body: { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Orphan" } }));
  expect(orphaning.metadata.finalizers).toEqual(["orphan"]);
  expect(orphaning.metadata.generation).toBe(2);
  const foreground = accepted(await api.delete(web, { query: { propagationPolicy: "Foreground" } }));
  expect(foreground.metadata.finalizers).toEqual(["foregroundDeletion"]);
});

test("a pod on a node lingers for its grace period, which may only be shortened", async () => {
  await using api = await withPods();
  const running = await api.create(aPod({ spec: { nodeName: "n1" } }));
  const first = accepted(await api.delete(running));
  expect(first.metadata).toMatchObject({ deletionGracePeriodSeconds: 30, deletionTimestamp: "2026-01-01T00:00:30Z" });
  const longer = accepted(await api.delete(running, { query: { gracePeriodSeconds: "60" } }));
  expect(longer.metadata.deletionTimestamp).toBe("2026-01-01T00:00:30Z");
  const shorter = accepted(await api.delete(running, { query: { gracePeriodSeconds: "10" } }));
  expect(shorter.metadata).toMatchObject({ deletionGracePeriodSeconds: 10, deletionTimestamp: "2026-01-01T00:00:10Z" });
  accepted(await api.delete(running, { query: { gracePeriodSeconds: "0" } }));
  expect(await api.fetch(running)).toBeStatus(404, "NotFound");
  await api.create(aPod({ name: "unplaced" }));
  await api.delete(aPod({ name: "unplaced" }));
  expect(await api.fetch(aPod({ name: "unplaced" }))).toBeStatus(404, "NotFound");
});

test("a pod gets its account, token, tolerations and priority", async () => {
  await using api = await withPods();
  const { spec } = (await api.create(aPod())) as unknown as { spec: any };
  expect(spec).toMatchObject({ serviceAccountName: "default", priority: 0, preemptionPolicy: "PreemptLowerPriority" });
  expect(spec.volumes[0].name).toMatch(/^kube-api-access-/);
  expect(spec.containers[0].volumeMounts[0]).toMatchObject({ mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", readOnly: true });
  expect(spec.tolerations.map((t: { key: string }) => t.key)).toEqual(["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]);
  expect(await messageOf(api.post(aPod({ name: "b", spec: { serviceAccountName: "ghost" } })))).toBe('pods "b" is forbidden: error looking up service account default/ghost: serviceaccount "ghost" not found');
  expect(await messageOf(api.post(aPod({ name: "c", spec: { priorityClassName: "ghost" } })))).toBe('pods "c" is forbidden: no PriorityClass with name ghost was found');
});

test("a binding places a pod once", async () => {
  await using api = await withPods();
  await api.create(aPod());
  const bind = (name: string) => api.send("POST", "/api/v1/namespaces/default/pods/pod/binding", { body: { apiVersion: "v1", kind: "Binding", metadata: { name: "pod" }, target: { kind: "Node", name } } });
  expect((await bind("n1")).body).toMatchObject({ kind: "Status", status: "Success", code: 201 });
  expect((await bind("n2")).status).toBe(409);
  expect((await api.get(aPod())).spec).toMatchObject({ nodeName: "n1" });
});

test("apply and PUT need the permission to create where they would create", async () => {
  await using api = await testApi({ authorize: (_reader, user, attributes) => ({ allowed: user.groups.includes("system:masters") || attributes.verb !== "create" }) });
  const user: Authenticated = { username: "editor", groups: [], authenticator: "test" };
  expect(await messageOf(api.apply(aConfigMap(), { user }))).toBe('configmaps "config" is forbidden: User "editor" cannot create resource "configmaps" in API group "" in the namespace "default"');
  const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "l", namespace: "default" }, spec: {} } as KubeObject;
  expect(await api.put(lease, { user })).toBeStatus(403, "Forbidden");
  expect((await api.put(lease)).status).toBe(201);
});

test("a token bound to something that is gone is no credential", async () => {
  await using api = await testApi();
  const account = await api.create(anAccount);
  const user: Authenticated = { username: "system:serviceaccount:default:default", groups: ["system:masters"], authenticator: "service-account", bound: { serviceAccount: { namespace: "default", name: "default", uid: account.metadata.uid! } } };
  expect((await api.list(aConfigMap(), { user })).status).toBe(200);
  await api.delete(account);
  expect(await api.list(aConfigMap(), { user })).toBeStatus(401, "Unauthorized");
});

test("an agent writes its own node and pods, and nobody else's", async () => {
  await using api = await testApi({ authorize: () => ({ allowed: true }) });
  const user: Authenticated = { username: "system:node:n1", groups: ["system:nodes"], authenticator: "node" };
  const node = (name: string, labels = {}) => ({ apiVersion: "v1", kind: "Node", metadata: { name, labels } }) as KubeObject;
  const own = accepted(await api.post(node("n1"), { user }));
  expect((own.spec as { taints: object[] }).taints).toContainEqual({ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" });
  expect(await api.post(node("n2"), { user })).toBeStatus(403, "Forbidden");
  expect(await api.mergePatch(own, { spec: { taints: null } }, { user })).toBeStatus(403, "Forbidden");
  expect(await api.mergePatch(own, { metadata: { labels: { "node-restriction.kubernetes.io/x": "y" } } }, { user })).toBeStatus(403, "Forbidden");
  expect((await api.mergePatch(own, { metadata: { labels: { mine: "y" } } }, { user })).status).toBe(200);
  expect(await api.delete(own, { user })).toBeStatus(403, "Forbidden");
});

test("objects beyond the store's limit are refused, not stored", async () => {
  await using api = await testApi();
  const answer = await api.post({ ...aDeployment(), metadata: { name: "web", annotations: {} }, spec: { ...(aDeployment().spec as object), template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: "i", env: [{ name: "A", value: "x".repeat(1_600_000) }] }] } } } } as KubeObject);
  expect(answer).toBeStatus(413, "RequestEntityTooLarge");
});

test("unknown resources and versions are not found, unknown verbs not allowed", async () => {
  await using api = await testApi();
  expect(await messageOf(api.send("GET", "/api/v1/namespaces/default/widgets"))).toBe("the server could not find the requested resource");
  expect(await api.send("GET", "/apis/apps/v9/namespaces/default/deployments")).toBeStatus(404, "NotFound");
  expect(await api.send("GET", "/api/v1/namespaces/default/nodes/x")).toBeStatus(404, "NotFound");
  expect(await api.send("GET", "/api/v1/namespaces/default/configmaps/x/status")).toBeStatus(404, "NotFound");
  expect(builtinKinds.length).toBeGreaterThan(5);
});
