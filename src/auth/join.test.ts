import { X509Certificate } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { bootstrapped } from "../../test/harness/bootstrapped.ts";
import { aNode } from "../../test/harness/builders.ts";
import { keyed } from "../../test/harness/keyed.ts";
import { START_MS } from "../../test/harness/test-api.ts";
import type { Authenticated } from "../api/request.ts";
import { formatTime } from "../kinds/values/time.ts";
import { identityOf } from "../kinds/authentication/claims.ts";
import { toPem } from "./certificates.ts";
import { authenticate } from "./authenticators/index.ts";
import { join, type JoinRequest } from "./join.ts";
import { createPrivateJwk, jwks, publicKeyDer, verifyTokenSync } from "./keys.ts";

beforeEach(() => { vi.useFakeTimers({ now: START_MS, toFake: ["Date"] }); });
afterEach(() => { vi.useRealTimers(); });

const publicKeyPem = toPem("PUBLIC KEY", publicKeyDer(createPrivateJwk()));

const aJoinToken = (more: Record<string, string> = {}) => ({
  apiVersion: "v1", kind: "Secret", type: "bootstrap.kubernetes.io/token", metadata: { name: "bootstrap-token-abcdef", namespace: "kube-system" },
  stringData: { "token-id": "abcdef", "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true", ...more },
});

async function setUp() {
  const { keys, cluster } = keyed();
  const heartbeats = new Map<string, number>();
  const facts = { ...cluster, nodeHeartbeatMs: (name: string) => heartbeats.get(name) };
  const api = await bootstrapped({ host: { cluster: facts } });
  const trust = { issuer: facts.issuer, jwks: jwks(keys) as never };
  const secret = await api.create(aJoinToken({ expiration: formatTime(START_MS + 3_600_000) }));
  const user = (await authenticate("abcdef.0123456789abcdef", trust))!;
  const ask = (who: Authenticated, request: Partial<JoinRequest> | string) => api.transact((tx) => join({ reader: tx, keys, cluster: facts, nowMs: api.clock.nowMs, uuid: () => tx.uuid() },
    who, typeof request === "string" ? request : JSON.stringify({ publicKeyPem, ...request })));
  return { api, keys, facts, heartbeats, trust, secret, user, ask };
}

test("a join token becomes a node's identity, a serving certificate and the cluster's facts", async () => {
  const { keys, facts, user, ask } = await setUp();
  const result = ask(user, { hostname: "Machine-1.local" });
  expect(result).toMatchObject({ nodeName: "machine-1.local", expirationTimestamp: "2027-01-01T00:00:00Z", cluster: { dnsIp: "10.96.0.10", kubernetesIp: "10.96.0.1", domain: "cluster.local" } });
  const claims = verifyTokenSync(keys, result.token, START_MS)!;
  expect(identityOf(claims, facts.issuer, [facts.issuer])).toMatchObject({ authenticator: "node", user: { username: "system:node:machine-1.local", groups: ["system:nodes", "system:authenticated"] } });
  const certificate = new X509Certificate(result.servingCertificate);
  expect(certificate.checkHost("kubernetes.default.svc")).toBe("kubernetes.default.svc");
  expect(certificate.checkIP("10.96.0.1")).toBe("10.96.0.1");
  expect(certificate.verify(new X509Certificate(result.caCertificate).publicKey)).toBe(true);
});

test("a join token is good for nothing but joining, and only as long as its Secret says", async () => {
  const { api, user, secret, ask } = await setUp();
  expect(user).toMatchObject({ groups: [], authenticator: "bootstrap" });
  expect(await api.send("GET", "/api/v1/nodes", { user })).toBeStatus(403);
  api.clock.nowMs += 3_600_000;
  expect(() => ask(user, { hostname: "m" })).toThrow("Unauthorized");
  expect(await api.send("GET", "/api/v1/nodes", { user })).toBeStatus(401);
  api.clock.nowMs -= 3_600_000;
  await api.delete(secret);
  expect(() => ask(user, { hostname: "m" })).toThrow("Unauthorized");
});

test("a wrong secret, a disabled token and an unknown id are refused", async () => {
  const { api, user, secret, ask } = await setUp();
  const { id, secret: text } = user.bound!.joinToken!;
  expect(() => ask({ ...user, bound: { joinToken: { id, secret: `${text.slice(0, -1)}-` } } }, { hostname: "m" })).toThrow("Unauthorized");
  expect(() => ask({ ...user, bound: { joinToken: { id: "zzzzzz", secret: text } } }, { hostname: "m" })).toThrow("Unauthorized");
  await api.mergePatch(secret, { stringData: { "usage-bootstrap-authentication": "false" } });
  expect(() => ask(user, { hostname: "m" })).toThrow("Unauthorized");
});

test("a node renews its own identity and no other; service accounts and people join nothing", async () => {
  const { user, ask, trust } = await setUp();
  const node: Authenticated = { username: "system:node:n1", groups: ["system:nodes", "system:authenticated"], authenticator: "node" };
  expect(ask(node, {}).nodeName).toBe("n1");
  expect(() => ask(node, { nodeName: "n2" })).toThrow('node "n1" can only renew its own identity');
  expect(() => ask({ username: "ann", groups: ["system:authenticated"], authenticator: "oidc" }, { hostname: "m" })).toThrow("a join token is needed");
  expect(() => ask({ username: "system:anonymous", groups: ["system:unauthenticated"], authenticator: "anonymous" }, { hostname: "m" })).toThrow("a join token is needed");
  expect(ask({ username: "root", groups: ["system:masters"], authenticator: "admin" }, { hostname: "m" }).nodeName).toBe("m");
  expect(await authenticate(ask(user, { hostname: "m" }).token, trust)).toMatchObject({ username: "system:node:m" });
});

test("the name of a connected node is not given away, that of a lost one is", async () => {
  const { api, user, ask, heartbeats } = await setUp();
  await api.create(aNode({ name: "n1", namespace: undefined }));
  expect(ask(user, { nodeName: "n1" }).nodeName).toBe("n1");
  heartbeats.set("n1", START_MS);
  expect(() => ask(user, { nodeName: "n1" })).toThrow("a node of this name is connected");
});

test.each(["", "[]", "null", "{", '{"publicKeyPem":1}', '{"publicKeyPem":"x","hostname":"m"}', '{"hostname":{}}', JSON.stringify({ publicKeyPem, hostname: "_" }), JSON.stringify({ publicKeyPem }), "x".repeat(20_000)])(
  "the join request %j is a bad one", async (body) => {
    const { user, ask } = await setUp();
    expect(() => ask(user, body)).toThrow(expect.objectContaining({ code: 400 }));
  });
