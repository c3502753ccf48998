import { X509Certificate, createPrivateKey, createPublicKey } from "node:crypto";
import fc from "fast-check";
import { importJWK, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { createPrivateJwk, createClusterKeys, jwkInput, jwks, publicKeyDer, signToken, verifyTokenSync } from "./keys.ts";
import { issueCertificate, issueServingPair, toPem } from "./certificates.ts";

const nowMs = Date.UTC(2026, 0, 1);
const keys = createClusterKeys({ nowMs });
const claims = { iss: "https://kubernetes.default.svc.cluster.local", sub: "someone", aud: ["a"], exp: nowMs / 1000 + 60 };

test("a token signed here verifies here and with any JOSE library, and carries its claims", async () => {
  const token = signToken(keys, claims);
  expect(verifyTokenSync(keys, token, nowMs)).toEqual(claims);
  const { payload } = await jwtVerify(token, await importJWK(jwks(keys).keys[0]!, "ES256"), { currentDate: new Date(nowMs) });
  expect(payload.sub).toBe("someone");
});

test("keys survive being stored as JSON", () => {
  const stored = JSON.parse(JSON.stringify(keys));
  expect(verifyTokenSync(stored, signToken(keys, claims), nowMs)).toEqual(claims);
});

test("a token is worthless when expired, not yet valid, or signed by another cluster", () => {
  expect(verifyTokenSync(keys, signToken(keys, claims), nowMs + 60_000)).toBeUndefined();
  expect(verifyTokenSync(keys, signToken(keys, { ...claims, nbf: nowMs / 1000 + 3600 }), nowMs)).toBeUndefined();
  expect(verifyTokenSync(keys, signToken(createClusterKeys({ nowMs }), claims), nowMs)).toBeUndefined();
  expect(verifyTokenSync(keys, signToken(keys, { ...claims, exp: undefined }), nowMs)).toBeUndefined();
});

test("a token of another cluster that claims our key id is refused", () => {
  const other = createClusterKeys({ nowMs });
  other.signing.kid = keys.signing.kid;
  expect(verifyTokenSync(keys, signToken(other, claims), nowMs)).toBeUndefined();
});

test("no change of one character of a token goes unnoticed, and none throws", () => {
  const token = signToken(keys, claims);
  fc.assert(fc.property(fc.nat(token.length - 2), fc.constantFrom(..."ABab01-_.=é\0"), (at, char) => {
    const changed = token.slice(0, at) + char + token.slice(at + 1);
    expect(changed === token || verifyTokenSync(keys, changed, nowMs) === undefined).toBe(true);
  }));
});

test("arbitrary text is not a token, also with `alg: none` and the HMAC of the public key", () => {
  fc.assert(fc.property(fc.string(), fc.string(), fc.string(), (a, b, c) => { expect(verifyTokenSync(keys, `${a}.${b}.${c}`, nowMs)).toBeUndefined(); }));
  for (const alg of ["none", "HS256", "ES384", "RS256"]) {
    const header = Buffer.from(JSON.stringify({ alg, kid: keys.signing.kid })).toString("base64url");
    const body = Buffer.from(JSON.stringify(claims)).toString("base64url");
    expect(verifyTokenSync(keys, `${header}.${body}.`, nowMs)).toBeUndefined();
    expect(verifyTokenSync(keys, `${header}.${body}.${signToken(keys, claims).split(".")[2]}`, nowMs)).toBeUndefined();
  }
});

test("the CA issues certificates that verify, with names and addresses", () => {
  const ca = new X509Certificate(keys.ca.certificatePem);
  expect(ca.ca).toBe(true);
  expect(ca.verify(ca.publicKey)).toBe(true);
  const holder = createPrivateJwk();
  const pem = issueCertificate(keys.ca, {
    commonName: "system:node:n1", organizations: ["system:nodes"], dnsNames: ["kubernetes.default.svc"], ips: ["10.96.0.1", "fd00::1"],
    publicKeyPem: toPem("PUBLIC KEY", publicKeyDer(holder)), days: 365,
  }, nowMs);
  const leaf = new X509Certificate(pem);
  expect(leaf.checkIssued(ca)).toBe(true);
  expect(leaf.verify(ca.publicKey)).toBe(true);
  expect(leaf.subject).toBe("O=system:nodes\nCN=system:node:n1");
  expect(leaf.subjectAltName).toBe("DNS:kubernetes.default.svc, IP Address:10.96.0.1, IP Address:FD00:0:0:0:0:0:0:1");
  expect(leaf.checkPrivateKey(createPrivateKey(jwkInput(holder)))).toBe(true);
  expect(leaf.ca).toBe(false);
});

test("a serving pair belongs together", () => {
  const { certificatePem, privateKeyPem } = issueServingPair(keys.ca, { commonName: "x", dnsNames: ["localhost"], days: 30 }, nowMs);
  expect(new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(privateKeyPem))).toBe(true);
  expect(createPublicKey(keys.ca.certificatePem).asymmetricKeyType).toBe("ec");
});

test("text that is no public key is refused as a bad request", () => {
  for (const publicKeyPem of ["", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "-----BEGIN PRIVATE KEY-----"]) {
    expect(() => issueCertificate(keys.ca, { commonName: "x", publicKeyPem, days: 1 }, nowMs)).toThrow("publicKey must be a public key in PEM");
  }
});
