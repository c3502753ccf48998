import { createPublicKey, X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import type { CertificateSigningRequest } from "../../types/certificates-v1.generated.ts";
import { base64ToText } from "../../../lib/base64.ts";
import { parseCertificateRequest } from "../../../lib/certificate-request.ts";
import { bootstrapped } from "../../../../test/harness/bootstrapped.ts";
import { accepted } from "../../../../test/harness/test-api.ts";
import { testCluster, type TestCluster } from "../../../../test/harness/test-cluster.ts";
import { example } from "./example.ts";

/** Made with openssl, of keys that nobody has any more: a node with names, and somebody in system:masters. */
const NODE = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQkdUQ0J3QUlCQURBME1SVXdFd1lEVlFRS0RBeHplWE4wWlcwNmJtOWtaWE14R3pBWkJn"
  + "TlZCQU1NRW5ONQpjM1JsYlRwdWIyUmxPbTV2WkdVdE1UQlpNQk1HQnlxR1NNNDlBZ0VHQ0NxR1NNNDlBd0VIQTBJQUJKK01IMlc2ClQ4dzRZdzhqa29Edzdl"
  + "QUhOWU5iSDdOSE1rWmxVblVrYTgzeWdxNGRMd1ZGOUQ3bEZRdUJqRUdyWjhDdXJlMzQKV1JmVm41amx5RzFkVlhTZ0tqQW9CZ2txaGtpRzl3MEJDUTR4R3pB"
  + "Wk1CY0dBMVVkRVFRUU1BNkNCbTV2WkdVdApNWWNFQ2dBQUFUQUtCZ2dxaGtqT1BRUURBZ05JQURCRkFpRUE2USs5ZDdnMHhBMktKVzRHNUV4V2NHRG0wZ0dP"
  + "Cjg4U1o4Y0NXVGp0OTRDZ0NJQjBOOHkrb1dicnBGYXkxWDc4WDM4OEZ2NWJBRXJ4Sm1qN2doeFdmTk5JcgotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNU"
  + "LS0tLS0K";
const MASTER = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIak1JR0pBZ0VBTUNjeEZ6QVZCZ05WQkFvTURuTjVjM1JsYlRwdFlYTjBaWEp6TVF3d0Nn"
  + "WURWUVFEREFObApkbVV3V1RBVEJnY3Foa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVNQTFg3SmZ0ZTNpYXVJRUxNWGI2elNHOGE2CmhDNlFxK3VsUWExcHYw"
  + "L1lNeG8wOTlDOGNBOUhmekJOMk53VGNYU2NMWnUzNXNDTWJUMjdIMGxWSFlySW9BQXcKQ2dZSUtvWkl6ajBFQXdJRFNRQXdSZ0loQUtDUHNRb2xRVjBwQWxJ"
  + "S1hxblFrTG00WjF1Um1oWlZwZUxSeHlkcgp1QzdCQWlFQXh5WHJPUGgxKy9zMHpHVTU5UGFaUjFGeGFodDJPaDRBOW9Mdi8zU1UyTms9Ci0tLS0tRU5EIENF"
  + "UlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=";

const JANE = { username: "jane", uid: "7", groups: ["team", "system:authenticated"], extra: { scopes: ["a"] }, authenticator: "test" };
const aRequest = (spec: object = {}): CertificateSigningRequest => ({ ...example(), spec: { ...example().spec, ...spec } });
const condition = (type: string) => ({ type, status: "True", reason: "Because", message: "m" });
const decide = (cluster: TestCluster, obj: object, type: string) =>
  cluster.api.mergePatch(obj as CertificateSigningRequest, { status: { conditions: [condition(type)] } }, { subresource: "approval" });

test("an approved request is signed by the cluster's authority, for its key, names and usages", async () => {
  await using cluster = await testCluster();
  const obj = await cluster.api.create(aRequest({ expirationSeconds: 86_400, usages: ["client auth", "digital signature"] }));
  cluster.settle();
  expect((cluster.get(obj) as CertificateSigningRequest).status).toEqual({});
  accepted(await decide(cluster, obj, "Approved"));
  cluster.settle();
  const { certificate, conditions } = (cluster.get(obj) as CertificateSigningRequest).status!;
  expect(conditions).toEqual([{ ...condition("Approved"), lastUpdateTime: expect.any(String), lastTransitionTime: expect.any(String) }]);
  const signed = new X509Certificate(base64ToText(certificate!));
  const authority = new X509Certificate(cluster.core.identity.keys.ca.certificatePem);
  expect(signed.verify(authority.publicKey)).toBe(true);
  expect(signed.checkIssued(authority)).toBe(true);
  expect(signed.subject).toBe("O=team\nCN=jane");
  expect(signed.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
  expect(Date.parse(signed.validTo) - cluster.nowMs).toBe(86_100_000);
  expect(signed.publicKey.export({ type: "spki", format: "der" })).toEqual(createPublicKey({ key: Buffer.from(parseCertificateRequest(example().spec.request).publicKey), format: "der", type: "spki" }).export({ type: "spki", format: "der" }));
});

test("a node's serving certificate has the names of its request", async () => {
  await using cluster = await testCluster();
  const obj = await cluster.api.create(aRequest({ request: NODE, signerName: "kubernetes.io/kubelet-serving", usages: ["digital signature", "server auth"] }));
  accepted(await decide(cluster, obj, "Approved"));
  cluster.settle();
  const signed = new X509Certificate(base64ToText((cluster.get(obj) as CertificateSigningRequest).status!.certificate!));
  expect(signed.subjectAltName).toBe("DNS:node-1, IP Address:10.0.0.1");
});

test("what a signer does not accept fails with its reason, and a denied request is left alone", async () => {
  await using cluster = await testCluster();
  const wrong = await cluster.api.create(aRequest({ signerName: "kubernetes.io/kube-apiserver-client-kubelet" }));
  accepted(await decide(cluster, wrong, "Approved"));
  cluster.settle();
  expect((cluster.get(wrong) as CertificateSigningRequest).status!.conditions!.map((c) => `${c.type}: ${c.message}`)).toEqual(["Approved: m", "Failed: subject organization is not system:nodes"]);
  const denied = await cluster.api.create({ ...aRequest(), metadata: { name: "denied" } });
  accepted(await decide(cluster, denied, "Denied"));
  cluster.settle();
  expect((cluster.get(denied) as CertificateSigningRequest).status!.certificate).toBeUndefined();
  expect((await decide(cluster, denied, "Approved")).body.message).toContain('updates may not remove a condition of type "Denied"');
});

test("who asks is written down, whatever the request says, and nothing of it changes later", async () => {
  await using api = await bootstrapped();
  await api.create({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name: "b" }, subjects: [{ kind: "User", name: "jane", apiGroup: "rbac.authorization.k8s.io" }], roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "csr" } } as never);
  await api.create({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "csr" }, rules: [{ apiGroups: ["certificates.k8s.io"], resources: ["certificatesigningrequests", "certificatesigningrequests/approval", "certificatesigningrequests/status"], verbs: ["*"] }] } as never);
  const obj = await api.create(aRequest({ username: "root", groups: ["system:masters"] }), { user: JANE });
  expect(obj.spec).toMatchObject({ username: "jane", uid: "7", groups: ["team", "system:authenticated"], extra: { scopes: ["a"] } });
  expect(accepted(await api.mergePatch(obj, { spec: { usages: ["server auth"] } })).spec).toEqual(obj.spec);
  const status = { status: { conditions: [condition("Approved")] } };
  expect((await api.mergePatch(obj, status, { subresource: "approval", user: JANE })).body.message).toContain('user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client"');
  expect((await api.mergePatch(obj, { status: { conditions: [condition("Failed")] } }, { subresource: "status", user: JANE })).body.message).toContain("user not permitted to sign requests with signerName");
  expect((await api.mergePatch(obj, status, { subresource: "status" })).body.message).toContain('updates may not add a condition of type "Approved"');
});

test("nobody gets a client certificate of system:masters", async () => {
  await using api = await bootstrapped();
  const answer = await api.post(aRequest({ request: MASTER }));
  expect(answer).toBeStatus(403, "Forbidden");
  expect(answer.body.message).toContain("use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed");
});

test.each([
  [{ request: "bm90IGEgY3Ny" }, "PEM block type must be CERTIFICATE REQUEST"],
  [{ request: tampered() }, "does not match its key"],
  [{ usages: ["odd"] }, 'spec.usages[0]: Unsupported value: "odd"'],
  [{ signerName: "nodomain" }, "must be a fully qualified domain and path of the form 'example.com/signer-name'"],
  [{ signerName: "kubernetes.io/legacy-unknown" }, "the legacy signerName is not allowed via this API version"],
  [{ expirationSeconds: 60 }, "may not specify a duration less than 600 seconds (10 minutes)"],
])("a request is refused for %j", async (spec, text) => {
  await using api = await bootstrapped();
  const answer = await api.post(aRequest(spec));
  expect(answer).toBeStatus(422, "Invalid");
  expect(answer.body.message).toContain(text);
});

/** Another name under the same signature. */
function tampered(): string {
  const pem = base64ToText(example().spec.request);
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
  der[der.indexOf("jane")] = "J".charCodeAt(0);
  return Buffer.from(`-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`).toString("base64");
}
