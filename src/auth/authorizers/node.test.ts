import { expect, test } from "vitest";
import { bootstrapped } from "../../../test/harness/bootstrapped.ts";
import { aNode, aPod } from "../../../test/harness/builders.ts";
import type { TestApi } from "../../../test/harness/test-api.ts";
import type { AuthorizationAttributes } from "../../kinds/kind.ts";
import { authorize } from "./index.ts";

const n1 = { username: "system:node:n1", groups: ["system:nodes", "system:authenticated"], authenticator: "node" };
const core = (verb: string, resource: string, more: object = {}): AuthorizationAttributes => ({ verb, group: "", version: "v1", resource, ...more });
const named = (verb: string, resource: string, name: string, more: object = {}) => core(verb, resource, { namespace: "default", name, ...more });

const opinion = (api: TestApi, what: AuthorizationAttributes, who = n1) => api.transact((tx) => authorize(tx, who, what));

/** Pod `mine` on n1 refers to many things; pod `other` on n2 to others; pod `pending` is not placed. */
async function withPods(): Promise<TestApi> {
  const api = await bootstrapped();
  for (const name of ["n1", "n2"]) await api.create(aNode({ name, namespace: undefined }));
  for (const name of ["default", "sa"]) await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: "default" } });
  const env = [{ name: "A", valueFrom: { secretKeyRef: { name: "env-secret", key: "k" } } }, { name: "B", valueFrom: { configMapKeyRef: { name: "env-config", key: "k" } } }];
  const volumes = [
    { name: "v1", secret: { secretName: "volume-secret" } }, { name: "v2", configMap: { name: "volume-config" } },
    { name: "v3", persistentVolumeClaim: { claimName: "claim" } },
    { name: "v4", projected: { sources: [{ secret: { name: "projected-secret" } }, { configMap: { name: "projected-config" } }] } },
    { name: "v5", ephemeral: { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } } } },
  ];
  const containers = [{ name: "c", image: "i", env, envFrom: [{ secretRef: { name: "from-secret" } }, { configMapRef: { name: "from-config" } }] }];
  await api.create(aPod({ name: "mine", spec: { nodeName: "n1", serviceAccountName: "sa", imagePullSecrets: [{ name: "pull-secret" }], containers, volumes } }));
  await api.create(aPod({ name: "other", spec: { nodeName: "n2", serviceAccountName: "default", volumes: [{ name: "v", secret: { secretName: "others-secret" } }] } }));
  await api.create(aPod({ name: "pending", spec: { volumes: [{ name: "v", secret: { secretName: "pending-secret" } }] } }));
  return api;
}

test("a node reads what its pods refer to", async () => {
  await using api = await withPods();
  for (const name of ["env-secret", "from-secret", "volume-secret", "projected-secret", "pull-secret"]) {
    for (const verb of ["get", "list", "watch"]) expect(opinion(api, named(verb, "secrets", name)), name).toMatchObject({ allowed: true });
  }
  for (const name of ["env-config", "from-config", "volume-config", "projected-config"]) expect(opinion(api, named("get", "configmaps", name))).toMatchObject({ allowed: true });
  for (const name of ["claim", "mine-v5"]) expect(opinion(api, named("get", "persistentvolumeclaims", name))).toMatchObject({ allowed: true });
  expect(opinion(api, named("get", "pods", "mine"))).toMatchObject({ allowed: true });
});

test("and nothing else: not of other nodes' pods, not of pods that are nowhere, not all at once, not to write", async () => {
  await using api = await withPods();
  const unrelated = { allowed: false, reason: "no relationship found between node 'n1' and this object" };
  for (const name of ["others-secret", "pending-secret", "env-config"]) expect(opinion(api, named("get", "secrets", name))).toEqual(unrelated);
  expect(opinion(api, named("get", "secrets", "volume-secret", { namespace: "kube-system" }))).toEqual(unrelated);
  expect(opinion(api, core("list", "secrets", { namespace: "default" }))).toEqual({ allowed: false, reason: "No Object name found" });
  expect(opinion(api, core("list", "secrets"))).toEqual({ allowed: false, reason: "can only read namespaced object of this type" });
  expect(opinion(api, named("update", "secrets", "volume-secret"))).toEqual({ allowed: false, reason: "can only read resources of this type" });
  expect(opinion(api, named("get", "pods", "other"))).toEqual(unrelated);
});

test("what a pod referred to is closed to the node as soon as the pod is gone", async () => {
  await using api = await withPods();
  expect(opinion(api, named("get", "secrets", "volume-secret")).allowed).toBe(true);
  await api.delete({ apiVersion: "v1", kind: "Pod", metadata: { name: "mine", namespace: "default" } }, { query: { gracePeriodSeconds: "0" } });
  expect(opinion(api, named("get", "secrets", "volume-secret")).allowed).toBe(false);
});

test("a mirror pod opens nothing", async () => {
  await using api = await withPods();
  await api.create(aPod({ name: "mirror", annotations: { "kubernetes.io/config.mirror": "x" }, spec: { nodeName: "n1", volumes: [{ name: "v", hostPath: { path: "/x" } }] } }));
  expect(opinion(api, named("get", "pods", "mirror")).allowed).toBe(true);
  expect(opinion(api, named("get", "serviceaccounts", "default")).allowed).toBe(false);
});

test("tokens only for service accounts of its pods", async () => {
  await using api = await withPods();
  expect(opinion(api, named("create", "serviceaccounts", "sa", { subresource: "token" })).allowed).toBe(true);
  expect(opinion(api, named("create", "serviceaccounts", "default", { subresource: "token" })).allowed).toBe(false);
  expect(opinion(api, named("delete", "serviceaccounts", "sa")).allowed).toBe(false);
});

test("pods are listed and watched by node name alone", async () => {
  await using api = await withPods();
  const list = (fieldSelector?: string) => opinion(api, core("list", "pods", { fieldSelector })).allowed;
  expect(list("spec.nodeName=n1")).toBe(true);
  expect(list("status.phase!=Failed,spec.nodeName==n1")).toBe(true);
  expect(list("spec.nodeName=n2")).toBe(false);
  expect(list("spec.nodeName!=n1")).toBe(false);
  expect(list()).toBe(false);
  expect(list("status.phase!=a\\,spec.nodeName=n1")).toBe(false);
  expect(list("spec.nodeName=n1x")).toBe(false);
  const path = "/api/v1/pods";
  expect((await api.send("GET", path, { user: n1, query: { fieldSelector: "spec.nodeName=n1" } })).body.items).toHaveLength(1);
  expect(await api.send("GET", path, { user: n1 })).toBeStatus(403, "Forbidden");
});

test("its own Node and lease; reading other nodes comes from the policy of our agents", async () => {
  await using api = await withPods();
  expect(opinion(api, core("get", "nodes", { name: "n1" })).allowed).toBe(true);
  expect(opinion(api, core("patch", "nodes", { name: "n1", subresource: "status" })).allowed).toBe(true);
  expect(opinion(api, core("list", "nodes"))).toMatchObject({ allowed: true, reason: expect.stringContaining('"isopod:node"') });
  expect(opinion(api, core("delete", "nodes", { name: "n1" })).allowed).toBe(false);
  const lease = (verb: string, name: string, namespace = "kube-node-lease"): AuthorizationAttributes => ({ verb, group: "coordination.k8s.io", version: "v1", resource: "leases", namespace, name });
  expect(opinion(api, lease("update", "n1")).allowed).toBe(true);
  expect(opinion(api, lease("update", "n2")).allowed).toBe(false);
  expect(opinion(api, lease("update", "n1", "default")).allowed).toBe(false);
});

test("what an agent needs besides: events, services, endpoint slices, namespaces", async () => {
  await using api = await withPods();
  for (const what of [core("create", "events", { namespace: "default" }), core("watch", "services"), core("watch", "namespaces"),
    { verb: "watch", group: "discovery.k8s.io", version: "v1", resource: "endpointslices" } as const]) {
    expect(opinion(api, what)).toMatchObject({ allowed: true });
  }
  for (const what of [core("create", "namespaces"), core("list", "configmaps"), { verb: "list", group: "apps", version: "v1", resource: "deployments" } as const]) {
    expect(opinion(api, what)).toMatchObject({ allowed: false });
  }
});

test("whoever only calls himself a node, or is in the group without a name, is none", async () => {
  await using api = await withPods();
  expect(opinion(api, core("get", "nodes", { name: "n1" }), { ...n1, groups: ["system:authenticated"] }).allowed).toBe(false);
  expect(opinion(api, named("get", "secrets", "volume-secret"), { ...n1, username: "n1" }).allowed).toBe(false);
  expect(opinion(api, named("get", "secrets", "volume-secret"), { ...n1, username: "system:node:" }).allowed).toBe(false);
});
