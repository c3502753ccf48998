import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { bootstrapped } from "../../test/harness/bootstrapped.ts";
import { aNode, aPod } from "../../test/harness/builders.ts";
import { keyed } from "../../test/harness/keyed.ts";
import { START_MS, type TestApi } from "../../test/harness/test-api.ts";
import type { Authenticated } from "../api/request.ts";
import { tokensController } from "../kinds/core/secret/controller.ts";
import { authenticate } from "./authenticators/index.ts";
import { adminToken } from "./identity-tokens.ts";
import { jwks } from "./keys.ts";

// Tokens from the request for one to the user that it makes, and to its end.
beforeEach(() => { vi.useFakeTimers({ now: START_MS, toFake: ["Date"] }); });
afterEach(() => { vi.useRealTimers(); });

async function setUp() {
  let nowMs = () => START_MS;
  const { keys, cluster } = keyed(() => nowMs());
  const api = await bootstrapped({ host: { cluster } });
  nowMs = () => api.clock.nowMs;
  const account = await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "sa", namespace: "default" } });
  await api.create(aNode({ name: "n1", namespace: undefined }));
  const pod = await api.create(aPod({ name: "p", spec: { nodeName: "n1", serviceAccountName: "sa" } }));
  const trust = { issuer: cluster.issuer, jwks: jwks(keys) as never };
  return { api, keys, cluster, trust, account, pod };
}

const path = "/api/v1/namespaces/default/serviceaccounts/sa/token";
const request = (api: TestApi, spec: object = {}, metadata: object = {}) => api.send("POST", path, { body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", metadata, spec } });
const bind = (kind: string, name: string, more: object = {}) => ({ boundObjectRef: { kind, apiVersion: "v1", name, ...more } });
const whoami = (api: TestApi, user: Authenticated) =>
  api.send("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", { user, body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" } });
const review = async (api: TestApi, token: string, audiences?: string[]) =>
  (await api.send("POST", "/apis/authentication.k8s.io/v1/tokenreviews", { body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token, audiences } } })).body.status;

test("a token request answers with a token for the cluster, for an hour", async () => {
  const { api, trust, account } = await setUp();
  const answer = await request(api);
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({
    kind: "TokenRequest", metadata: { name: "sa", namespace: "default", uid: account.metadata.uid, creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { audiences: [trust.issuer], expirationSeconds: 3600 }, status: { expirationTimestamp: "2026-01-01T01:00:00Z" },
  });
  const user = (await authenticate(answer.body.status.token, trust))!;
  expect(user).toMatchObject({
    username: "system:serviceaccount:default:sa", uid: account.metadata.uid, authenticator: "service-account",
    groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
    extra: { "authentication.kubernetes.io/credential-id": [expect.stringMatching(/^JTI=[0-9a-f-]{36}$/)] },
  });
  expect((await whoami(api, user)).body.status.userInfo).toEqual({ username: user.username, uid: user.uid, groups: user.groups, extra: user.extra });
});

test("a token bound to a pod tells pod and node, and dies with the pod", async () => {
  const { api, trust, pod } = await setUp();
  const { token } = (await request(api, bind("Pod", "p", { uid: pod.metadata.uid }))).body.status;
  const user = (await authenticate(token, trust))!;
  expect(user.extra).toMatchObject({
    "authentication.kubernetes.io/pod-name": ["p"], "authentication.kubernetes.io/pod-uid": [pod.metadata.uid],
    "authentication.kubernetes.io/node-name": ["n1"], "authentication.kubernetes.io/node-uid": [expect.any(String)],
  });
  expect((await whoami(api, user)).status).toBe(201);
  expect(await review(api, token)).toMatchObject({ authenticated: true, user: { username: user.username }, audiences: [trust.issuer] });
  await api.delete(pod, { query: { gracePeriodSeconds: "0" } });
  expect(await whoami(api, user)).toBeStatus(401, "Unauthorized");
  expect(await review(api, token)).toEqual({ user: {}, error: "[invalid bearer token, service account token has been invalidated]" });
});

test("a token dies with its service account, also when one of the same name comes back", async () => {
  const { api, trust, account } = await setUp();
  const user = (await authenticate((await request(api)).body.status.token, trust))!;
  await api.delete(account);
  expect(await whoami(api, user)).toBeStatus(401, "Unauthorized");
  await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "sa", namespace: "default" } });
  expect(await whoami(api, user)).toBeStatus(401, "Unauthorized");
});

test("a token for another audience is worthless at the API, and good in a review for that audience", async () => {
  const { api, trust } = await setUp();
  const { token } = (await request(api, { audiences: ["vault", "other"] })).body.status;
  expect(await authenticate(token, trust)).toBeUndefined();
  expect(await review(api, token, ["vault", "x"])).toMatchObject({ authenticated: true, audiences: ["vault"] });
  expect((await review(api, token)).authenticated).toBeUndefined();
});

test("a pod's token of the usual 3607 seconds lives for a year, and says 3607", async () => {
  const { api, trust } = await setUp();
  const { spec, status } = (await request(api, { expirationSeconds: 3607, ...bind("Pod", "p") })).body;
  expect([spec.expirationSeconds, status.expirationTimestamp]).toEqual([3607, "2026-01-01T01:00:07Z"]);
  vi.setSystemTime(START_MS + 300 * 86_400_000);
  expect(await authenticate(status.token, trust)).toBeDefined();
});

test.each([
  [{ expirationSeconds: 599 }, 422, "may not specify a duration less than 10 minutes"],
  [{ expirationSeconds: 2 ** 33 }, 422, "may not specify a duration larger than 2^32 seconds"],
  [bind("Pod", "gone"), 404, 'pods "gone" not found'],
  [bind("Secret", "gone"), 404, 'secrets "gone" not found'],
  [bind("Pod", "p", { uid: "other" }), 409, "the UID in the bound object reference (other) does not match the UID in record"],
  [bind("ConfigMap", "x"), 400, "cannot bind token to object of type"],
])("a token request for %j is refused with %i", async (spec, code, message) => {
  const { api } = await setUp();
  const answer = await request(api, spec);
  expect(answer).toBeStatus(code);
  expect(answer.body.message).toContain(message);
});

test("a token is not bound to a pod of another service account", async () => {
  const { api } = await setUp();
  await api.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "default" } });
  await api.create(aPod({ name: "q", spec: { serviceAccountName: "default" } }));
  expect((await request(api, bind("Pod", "q"))).body.message).toBe('cannot bind token for serviceaccount "sa" to pod running with different serviceaccount name.');
});

test("tokens expire, remembered ones too", async () => {
  const { trust, keys } = await setUp();
  const token = adminToken(keys, { issuer: trust.issuer, days: 1, nowMs: START_MS });
  expect(await authenticate(token, trust)).toMatchObject({ username: "kubernetes-admin", groups: ["system:masters", "system:authenticated"], authenticator: "admin" });
  expect(await authenticate(token, trust)).toBeDefined();
  vi.setSystemTime(START_MS + 86_400_000);
  expect(await authenticate(token, trust)).toBeUndefined();
});

test("a token of one cluster is worthless at another, whatever it claims", async () => {
  const { trust, keys } = await setUp();
  const other = keyed();
  const token = adminToken(keys, { issuer: trust.issuer, nowMs: START_MS });
  expect(await authenticate(token, trust)).toBeDefined();
  expect(await authenticate(token, { issuer: trust.issuer, jwks: jwks(other.keys) as never })).toBeUndefined();
  expect(await authenticate(adminToken(other.keys, { issuer: trust.issuer, nowMs: START_MS }), trust)).toBeUndefined();
  expect(await authenticate(adminToken(keys, { issuer: "https://elsewhere", nowMs: START_MS }), trust)).toBeUndefined();
});

test("a legacy token Secret is filled, its token is bound to it, and it goes with its service account", async () => {
  const { api, trust, account, cluster } = await setUp();
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "default", annotations: { "kubernetes.io/service-account.name": "sa" } }, type: "kubernetes.io/service-account-token" };
  const reconcile = () => api.transact((tx) => tokensController.reconcile(tx, "default/s", cluster));
  await api.create(secret);
  reconcile();
  const filled = await api.get(secret);
  expect(filled.metadata.annotations).toMatchObject({ "kubernetes.io/service-account.uid": account.metadata.uid });
  const data = filled.data as Record<string, string>;
  expect(Object.keys(data).sort()).toEqual(["ca.crt", "namespace", "token"]);
  expect(atob(data.namespace!)).toBe("default");
  const user = (await authenticate(atob(data.token!), trust))!;
  expect((await whoami(api, user)).status).toBe(201);
  const { revision } = api.store;
  reconcile();
  expect(api.store.revision).toBe(revision);
  await api.delete(account);
  reconcile();
  expect(await api.fetch(secret)).toBeStatus(404);
  expect(await whoami(api, user)).toBeStatus(401);
});
