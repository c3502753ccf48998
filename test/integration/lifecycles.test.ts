import { describe, expect, test } from "vitest";
import { builtinKinds } from "../../src/kinds/index.ts";
import type { Kind } from "../../src/kinds/kind.ts";
import type { KubeObject } from "../../src/kinds/object.ts";
import { apiForExamples, can, named } from "../harness/kinds-under-test.ts";
import { accepted, TestApi } from "../harness/test-api.ts";

// What upstream's conformance tests do to each kind's API ("should support … API operations", "should run the lifecycle
// of …"): one object goes through every verb under the eyes of a watch, and its status through its own door.

const all = builtinKinds.filter((kind) => !kind.evaluate && can(kind, "create") && can(kind, "deletecollection"));

const SELECTOR = "special-label=lifecycle";

/** The kind's example, with a label to find it by. */
function labelled(kind: Kind): KubeObject {
  const example = structuredClone(kind.example!()) as KubeObject;
  return { ...example, metadata: { ...example.metadata, labels: { ...example.metadata.labels, "special-label": "lifecycle" } } };
}

/** Over all namespaces, as a client would list it. */
async function found(api: TestApi, kind: Kind, query: Record<string, string> = {}): Promise<KubeObject[]> {
  const example = labelled(kind);
  const path = api.path(example).replace(/\/namespaces\/[^/]+(?=\/)/, "");
  return (await api.send("GET", path, { query: { labelSelector: SELECTOR, ...query } })).body.items;
}

const annotations = ({ metadata }: KubeObject) => metadata.annotations ?? {};

describe.each(named(all))("%s", (_name, kind) => {
  test("goes through every verb while a watch looks on", async () => {
    await using api = await apiForExamples();
    const watch = api.watch(labelled(kind), { query: { labelSelector: SELECTOR, resourceVersion: `${api.store.revision}` } });
    const created = await api.create(labelled(kind));
    expect(await api.get(created)).toEqual(created);
    expect(await found(api, kind)).toEqual([created]);
    expect(await found(api, kind, { fieldSelector: `metadata.name=${created.metadata.name}` })).toEqual([created]);
    expect(await found(api, kind, { labelSelector: "special-label!=lifecycle" })).not.toContainEqual(created);

    const patched = accepted(await api.mergePatch(created, { metadata: { annotations: { patched: "true" } } }));
    expect(annotations(patched).patched).toBe("true");
    expect(Number(patched.metadata.resourceVersion)).toBeGreaterThan(Number(created.metadata.resourceVersion));
    const updated = await api.replace({ ...patched, metadata: { ...patched.metadata, annotations: { ...annotations(patched), updated: "true" } } });
    expect(annotations(updated)).toMatchObject({ patched: "true", updated: "true" });
    expect(await api.put({ ...created, metadata: { ...created.metadata, annotations: { stale: "true" } } } as KubeObject)).toBeStatus(409, "Conflict");

    accepted(await api.delete(updated, { body: { gracePeriodSeconds: 0, preconditions: { uid: updated.metadata.uid } } }));
    await endFinalizers(api, updated);
    expect(await api.fetch(updated)).toBeStatus(404, "NotFound");
    const types = watch.events.map((event) => event.type);
    expect([types[0], types.at(-1)]).toEqual(["ADDED", "DELETED"]);
    expect(watch.events.filter((event) => event.type === "MODIFIED").slice(0, 2).map(({ object }) => annotations(object))).toMatchObject([{ patched: "true" }, { patched: "true", updated: "true" }]);
  });

  test("goes with its collection, by its label", async () => {
    await using api = await apiForExamples();
    const created = await api.create(labelled(kind));
    expect((await api.send("DELETE", api.path(created), { query: { labelSelector: "special-label=other" } })).status).toBe(200);
    expect(await found(api, kind)).toHaveLength(1);
    expect((await api.send("DELETE", api.path(created), { query: { labelSelector: SELECTOR, gracePeriodSeconds: "0" } })).status).toBe(200);
    await endFinalizers(api, created);
    expect(await found(api, kind)).toEqual([]);
  });
});

/** What admission or a controller put there to hold it. */
async function endFinalizers(api: TestApi, { apiVersion, kind, metadata }: KubeObject): Promise<void> {
  const answer = await api.fetch({ apiVersion, kind, metadata });
  if (answer.status === 200 && answer.body.metadata.deletionTimestamp) accepted(await api.mergePatch({ apiVersion, kind, metadata }, { metadata: { finalizers: null } }));
}

const condition = (type: string) => ({ type, status: "True", reason: "E2E", message: "Set from e2e test" });
const timed = (type: string) => ({ ...condition(type), lastTransitionTime: "2026-01-01T00:00:00Z" });
const NOW = "2026-01-01T00:00:00Z";

/** What conformance tests write to `status`: an update and a merge patch. */
const statuses: Readonly<Record<string, readonly [update: object, patch: object]>> = {
  "/namespaces": [{ conditions: [timed("StatusUpdate")] }, { conditions: [timed("StatusPatch")] }],
  "/nodes": [{ conditions: [condition("StatusUpdate")] }, { conditions: [condition("StatusPatch")] }],
  "/pods": [{ phase: "Pending", conditions: [condition("StatusUpdate")] }, { conditions: [condition("StatusPatch")] }],
  "/persistentvolumes": [{ message: "StatusUpdate", reason: "E2E updateStatus" }, { message: "StatusPatched", reason: "E2E patchStatus" }],
  "/persistentvolumeclaims": [{ conditions: [timed("statusUpdate")] }, { conditions: [timed("StatusPatched")] }],
  "/replicationcontrollers": [{ replicas: 0, conditions: [condition("StatusUpdate")] }, { availableReplicas: 1, readyReplicas: 1, replicas: 1 }],
  "/resourcequotas": [{ hard: { cpu: "1" }, used: { cpu: "0" } }, { hard: { cpu: "2" }, used: { cpu: "0" } }],
  "/services": [{ loadBalancer: {}, conditions: [timed("StatusUpdate")] }, { conditions: [timed("StatusPatched")] }],
  "apps/daemonsets": [{ conditions: [condition("StatusUpdate")] }, { conditions: [condition("StatusPatched")] }],
  "apps/deployments": [{ conditions: [condition("StatusUpdate")] }, { conditions: [condition("StatusPatched")] }],
  "apps/replicasets": [{ conditions: [condition("StatusUpdate")] }, { conditions: [condition("StatusPatched")] }],
  "apps/statefulsets": [{ conditions: [condition("StatusUpdate")] }, { conditions: [condition("StatusPatched")] }],
  "batch/jobs": [{ startTime: NOW, conditions: [{ ...condition("CustomConditionType"), lastTransitionTime: NOW }] }, { startTime: NOW, active: 1 }],
  "batch/cronjobs": [{ lastScheduleTime: NOW }, { lastScheduleTime: "2026-01-01T01:00:00Z" }],
  "autoscaling/horizontalpodautoscalers": [{ currentReplicas: 1, desiredReplicas: 2 }, { desiredReplicas: 3 }],
  "policy/poddisruptionbudgets": [{ expectedPods: 1, currentHealthy: 1, desiredHealthy: 1, disruptionsAllowed: 0 }, { expectedPods: 2 }],
  "networking.k8s.io/ingresses": [{ loadBalancer: { ingress: [{ ip: "169.1.1.2" }] } }, { loadBalancer: { ingress: [{ ip: "169.1.1.1" }] } }],
  "networking.k8s.io/servicecidrs": [{ conditions: [timed("StatusUpdate")] }, { conditions: [timed("StatusPatched")] }],
  "storage.k8s.io/volumeattachments": [{ attached: true }, { attached: false }],
  "certificates.k8s.io/certificatesigningrequests": [{ conditions: [{ type: "StatusUpdate", status: "True", reason: "E2E", message: "Set from e2e test" }] }, { conditions: [{ type: "StatusPatched", status: "True", reason: "E2E" }] }],
  "flowcontrol.apiserver.k8s.io/flowschemas": [{ conditions: [timed("Test")] }, { conditions: [timed("PatchStatusFailed")] }],
  "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations": [{ conditions: [timed("Test")] }, { conditions: [timed("PatchStatusFailed")] }],
  "apiregistration.k8s.io/apiservices": [{ conditions: [timed("StatusUpdate")] }, { conditions: [timed("StatusPatched")] }],
  "apiextensions.k8s.io/customresourcedefinitions": [{ conditions: [timed("StatusUpdate")], acceptedNames: { plural: "", kind: "" }, storedVersions: ["v1"] }, { conditions: [timed("StatusPatched")] }],
  "admissionregistration.k8s.io/validatingadmissionpolicies": [{ conditions: [timed("StatusUpdate")] }, { conditions: [timed("StatusPatched")] }],
  "resource.k8s.io/resourceclaims": [{ allocation: { devices: { results: [{ request: "gpu", driver: "gpu.example.com", pool: "node-1", device: "gpu-0" }] } } }, { reservedFor: [{ resource: "pods", name: "p", uid: "1" }] }],
};

/** Whose status door is for the status alone; everywhere else metadata may come along. */
const KEEPS_METADATA = ["apiextensions.k8s.io/customresourcedefinitions", "apiregistration.k8s.io/apiservices", "flowcontrol.apiserver.k8s.io/flowschemas",
  "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations", "networking.k8s.io/servicecidrs", "resource.k8s.io/resourceclaims", "storage.k8s.io/volumeattachments"];

const withStatus = all.filter((kind) => kind.subresources?.status);

test("every kind with a status is in the table", () => {
  expect(withStatus.map((kind) => `${kind.group}/${kind.resource}`).filter((key) => !statuses[key])).toEqual([]);
});

describe.each(named(withStatus))("the status of %s", (_name, kind) => {
  const [update, patch] = statuses[`${kind.group}/${kind.resource}`] ?? [{}, {}];

  test("is read, updated and patched through its own door, and the watch sees it", async () => {
    await using api = await apiForExamples();
    const created = await api.create(labelled(kind));
    const watch = api.watch(created, { query: { labelSelector: SELECTOR, resourceVersion: created.metadata.resourceVersion! } });
    const read = accepted(await api.fetch(created, { subresource: "status" }));
    expect([read.apiVersion, read.kind, read.metadata.uid]).toEqual([created.apiVersion, created.kind, created.metadata.uid]);

    const updated = accepted(await api.put({ ...read, status: { ...(read.status as object), ...update } } as KubeObject, { subresource: "status" }));
    expect(updated.status).toMatchObject(update);
    const patched = accepted(await api.mergePatch(created, { metadata: { annotations: { patchedstatus: "true" } }, status: patch }, { subresource: "status" }));
    expect(patched.status).toMatchObject(patch);
    expect(annotations(patched).patchedstatus).toBe(KEEPS_METADATA.includes(`${kind.group}/${kind.resource}`) ? undefined : "true");
    expect(await api.get(created)).toEqual(patched);
    expect(specOf(patched)).toEqual(specOf(created));
    expect(patched.metadata.generation).toBe(created.metadata.generation);
    expect(watch.events.length).toBeGreaterThan(0);
    expect(watch.events.at(-1)).toEqual({ type: "MODIFIED", object: patched });
  });
});

const specOf = ({ metadata: _metadata, status: _status, ...rest }: KubeObject) => rest;

/** Kinds that a PUT may create, and those that it may only change with the resourceVersion that was read; as upstream's strategies say. */
const CREATED_BY_PUT = ["/endpoints", "/events", "/limitranges", "/services", "coordination.k8s.io/leases", "node.k8s.io/runtimeclasses",
  "rbac.authorization.k8s.io/clusterrolebindings", "rbac.authorization.k8s.io/clusterroles", "rbac.authorization.k8s.io/rolebindings", "rbac.authorization.k8s.io/roles"];
const READ_FIRST = ["admissionregistration.k8s.io/mutatingadmissionpolicies", "admissionregistration.k8s.io/mutatingadmissionpolicybindings",
  "admissionregistration.k8s.io/mutatingwebhookconfigurations", "admissionregistration.k8s.io/validatingadmissionpolicies",
  "admissionregistration.k8s.io/validatingadmissionpolicybindings", "admissionregistration.k8s.io/validatingwebhookconfigurations",
  "apiextensions.k8s.io/customresourcedefinitions", "apiregistration.k8s.io/apiservices", "coordination.k8s.io/leases", "node.k8s.io/runtimeclasses",
  "policy/poddisruptionbudgets", "storage.k8s.io/csidrivers", "storage.k8s.io/csinodes", "storage.k8s.io/csistoragecapacities", "storage.k8s.io/volumeattachments"];

describe.each(named(all))("a PUT of %s", (_name, kind) => {
  const key = `${kind.group}/${kind.resource}`;

  test(`${CREATED_BY_PUT.includes(key) ? "creates" : "does not create"} what is not there`, async () => {
    await using api = await apiForExamples();
    const answer = await api.put(labelled(kind));
    if (CREATED_BY_PUT.includes(key)) expect(answer.status).toBe(201);
    else expect(answer).toBeStatus(404, "NotFound");
  });

  test(`${READ_FIRST.includes(key) ? "needs" : "does not need"} a resourceVersion`, async () => {
    await using api = await apiForExamples();
    const { resourceVersion: _read, ...metadata } = (await api.create(labelled(kind))).metadata;
    const answer = await api.put({ ...(await api.get(labelled(kind))), metadata });
    if (!READ_FIRST.includes(key)) return expect(answer.status).toBe(200);
    expect(answer).toBeStatus(422, "Invalid");
    expect(answer.body.message).toContain("metadata.resourceVersion: Invalid value: 0: must be specified for an update");
  });
});
