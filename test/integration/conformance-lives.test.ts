import { expect, test } from "vitest";
import { controllers } from "../../src/controllers/index.ts";
import type { KubeObject } from "../../src/kinds/object.ts";
import { aConfigMap } from "../harness/builders.ts";
import { testServer, type TestServer } from "../harness/test-server.ts";

/** Lives of objects as clients of the whole server see them, with the controllers at work. */
type Answer = { status: number; body: any };
const MERGE = { "content-type": "application/merge-patch+json" };
const STRATEGIC = { "content-type": "application/strategic-merge-patch+json" };

async function send(server: TestServer, method: string, path: string, json?: unknown, headers?: Record<string, string>): Promise<Answer> {
  const response = await server.fetch(path, { method, ...(json !== undefined && { json }), ...(headers && { headers }) });
  await server.cluster.rest();
  return { status: response.status, body: await response.json() };
}

const started = async (): Promise<TestServer> => {
  const server = await testServer({ controllers });
  await server.cluster.rest();
  return server;
};

async function eventually<T>(look: () => Promise<T>, holds: (value: T) => boolean, server: TestServer): Promise<T> {
  for (let i = 0; i < 50; i++) {
    const value = await look();
    if (holds(value)) return value;
    await server.cluster.pass(1000);
  }
  return look();
}

test("a namespace: patched, its status written, finalized, deleted with what is in it", async () => {
  await using server = await started();
  const path = "/api/v1/namespaces/life";
  expect((await send(server, "POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "life" } })).status).toBe(201);
  expect((await send(server, "PATCH", path, { metadata: { labels: { testLabel: "testValue" } } }, STRATEGIC)).body.metadata.labels.testLabel).toBe("testValue");

  const condition = { type: "StatusPatch", status: "True", reason: "E2E", message: "Patched by a test" };
  const patched = (await send(server, "PATCH", `${path}/status`, { metadata: { annotations: { patchedstatus: "true" } }, status: { conditions: [condition] } }, MERGE)).body;
  expect([patched.metadata.annotations.patchedstatus, patched.status.conditions]).toEqual(["true", [condition]]);
  const { body: read } = await send(server, "GET", `${path}/status`);
  expect([read.status.phase, read.kind]).toEqual(["Active", "Namespace"]);
  read.status.conditions.push({ ...condition, type: "StatusUpdate" });
  expect((await send(server, "PUT", `${path}/status`, read)).body.status.conditions.map((c: any) => c.type)).toEqual(["StatusPatch", "StatusUpdate"]);

  const live = (await send(server, "GET", path)).body;
  const finalized = await send(server, "PUT", `${path}/finalize`, { ...live, spec: { finalizers: [...live.spec.finalizers, "e2e.example.com/fakeFinalizer"] } });
  expect(finalized.body.spec.finalizers).toEqual(["kubernetes", "e2e.example.com/fakeFinalizer"]);

  await send(server, "POST", "/api/v1/namespaces/life/configmaps", aConfigMap({ namespace: "life" }));
  expect((await send(server, "DELETE", path)).body.status.phase).toBe("Terminating");
  const refused = await send(server, "POST", "/api/v1/namespaces/life/configmaps", aConfigMap({ name: "late", namespace: "life" }));
  expect([refused.status, refused.body.details.causes[0].reason]).toEqual([403, "NamespaceTerminating"]);
  const left = await eventually(() => send(server, "GET", path), ({ body }) => body.spec?.finalizers?.length === 1, server);
  expect(left.body.spec.finalizers).toEqual(["e2e.example.com/fakeFinalizer"]);
  expect((await send(server, "GET", "/api/v1/namespaces/life/configmaps")).body.items).toEqual([]);
  await send(server, "PUT", `${path}/finalize`, { ...left.body, spec: { finalizers: [] } });
  expect((await send(server, "GET", path)).status).toBe(404);
});

test("a service account: listed by label, patched, deleted with its collection; certificate and default account come back", async () => {
  await using server = await started();
  const accounts = "/api/v1/namespaces/default/serviceaccounts";
  for (const name of ["a", "b"]) await send(server, "POST", accounts, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, labels: { team: "x" } } });
  const patched = await send(server, "PATCH", `${accounts}/a`, { automountServiceAccountToken: false }, STRATEGIC);
  expect(patched.body.automountServiceAccountToken).toBe(false);
  expect((await send(server, "GET", "/api/v1/serviceaccounts?labelSelector=team%3Dx")).body.items.map((i: KubeObject) => i.metadata.name)).toEqual(["a", "b"]);
  expect((await send(server, "DELETE", `${accounts}?labelSelector=team%3Dx`)).status).toBe(200);
  expect((await send(server, "GET", `${accounts}?labelSelector=team%3Dx`)).body.items).toEqual([]);

  const authority = "/api/v1/namespaces/default/configmaps/kube-root-ca.crt";
  const certificate = (await send(server, "GET", authority)).body.data["ca.crt"];
  expect(certificate).toContain("BEGIN CERTIFICATE");
  await send(server, "DELETE", authority);
  await eventually(() => send(server, "GET", authority), ({ status }) => status === 200, server);
  await send(server, "PATCH", authority, { data: { "ca.crt": "" } }, MERGE);
  expect((await eventually(() => send(server, "GET", authority), ({ body }) => body.data?.["ca.crt"] === certificate, server)).body.data["ca.crt"]).toBe(certificate);
  await send(server, "DELETE", `${accounts}/default`);
  expect((await eventually(() => send(server, "GET", `${accounts}/default`), ({ status }) => status === 200, server)).status).toBe(200);
});

test.each([
  [undefined, undefined, true], [true, undefined, true], [false, undefined, false],
  [undefined, true, true], [true, true, true], [false, true, true],
  [undefined, false, false], [true, false, false], [false, false, false],
] as const)("with %s in its account and %s in the pod, whether it gets a token is %s", async (inAccount, inPod, expected) => {
  await using server = await started();
  await send(server, "POST", "/api/v1/namespaces/default/serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "a" }, automountServiceAccountToken: inAccount });
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { serviceAccountName: "a", automountServiceAccountToken: inPod, containers: [{ name: "c", image: "i" }] } };
  const { body } = await send(server, "POST", "/api/v1/namespaces/default/pods", pod);
  expect((body.spec.containers[0].volumeMounts ?? []).some((m: any) => m.mountPath === "/var/run/secrets/kubernetes.io/serviceaccount")).toBe(expected);
});

test("a quota: its status is promptly there, follows its specification again, and goes with its collection", async () => {
  await using server = await started();
  const quotas = "/api/v1/namespaces/default/resourcequotas";
  await send(server, "POST", quotas, { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "q", labels: { q: "x" } }, spec: { hard: { pods: "3", secrets: "2" } } });
  const { body } = await eventually(() => send(server, "GET", `${quotas}/q`), (a) => a.body.status?.used?.pods !== undefined, server);
  expect(body.status).toEqual({ hard: { pods: "3", secrets: "2" }, used: { pods: "0", secrets: "0" } });
  await send(server, "PATCH", `${quotas}/q/status`, { metadata: { annotations: { patched: "yes" } }, status: { hard: { pods: "9" } } }, MERGE);
  const reset = await eventually(() => send(server, "GET", `${quotas}/q`), (a) => a.body.status.hard.pods === "3", server);
  expect([reset.body.status.hard, reset.body.metadata.annotations.patched]).toEqual([{ pods: "3", secrets: "2" }, "yes"]);
  await send(server, "PATCH", `${quotas}/q`, { spec: { hard: { pods: "7" } } }, MERGE);
  expect((await eventually(() => send(server, "GET", `${quotas}/q`), (a) => a.body.status.hard.pods === "7", server)).body.status.hard).toEqual({ pods: "7", secrets: "2" });
  await send(server, "DELETE", `${quotas}?labelSelector=q%3Dx`);
  expect((await send(server, "GET", "/api/v1/resourcequotas?labelSelector=q%3Dx")).body.items).toEqual([]);
});
