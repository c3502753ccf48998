import { importJWK, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { issueServingPair } from "../../src/auth/certificates.ts";
import { createClusterKeys, jwks, signToken, verifyTokenSync } from "../../src/auth/keys.ts";

// workerd has a node:crypto of its own, which takes keys in fewer forms than Node's.
const nowMs = Date.UTC(2026, 0, 1);

test("keys are made, stored, used and verified synchronously in workerd", async () => {
  const keys = JSON.parse(JSON.stringify(createClusterKeys({ nowMs }))) as ReturnType<typeof createClusterKeys>;
  const token = signToken(keys, { sub: "a", exp: nowMs / 1000 + 60 });
  expect(verifyTokenSync(keys, token, nowMs)).toMatchObject({ sub: "a" });
  expect(verifyTokenSync(keys, `${token.slice(0, -10)}AAAAAAAAAA`, nowMs)).toBeUndefined();
  expect(verifyTokenSync(createClusterKeys({ nowMs }), token, nowMs)).toBeUndefined();
  expect((await jwtVerify(token, await importJWK(jwks(keys).keys[0]!, "ES256"), { currentDate: new Date(nowMs) })).payload.sub).toBe("a");
});

test("certificates are issued in workerd", () => {
  const keys = createClusterKeys({ nowMs });
  const pair = issueServingPair(keys.ca, { commonName: "x", dnsNames: ["localhost"], ips: ["127.0.0.1"], days: 1 }, nowMs);
  expect(pair.certificatePem).toContain("BEGIN CERTIFICATE");
  expect(pair.privateKeyPem).toContain("BEGIN PRIVATE KEY");
  expect(() => issueServingPair({ ...keys.ca, certificatePem: "x" }, { commonName: "x", days: 1 }, nowMs)).toThrow();
});
