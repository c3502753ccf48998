import fc from "fast-check";
import { expect, test } from "vitest";
import { createClusterKeys, jwks, signToken } from "../keys.ts";
import { anonymous, authenticate, authenticateRequest } from "./index.ts";

const nowMs = Date.now();
const keys = createClusterKeys({ nowMs });
const issuer = "https://cluster.example";
const trust = { issuer, jwks: jwks(keys) as never };
const exp = Math.floor(nowMs / 1000) + 600;
const account = { namespace: "a", serviceaccount: { name: "b", uid: "u" } };
const good = { iss: issuer, aud: [issuer], sub: "system:serviceaccount:a:b", exp, "kubernetes.io": account };
const ask = (headers: Record<string, string>) => authenticateRequest(new Request("https://x/", { headers }), trust);

test("without a token one is anonymous; with a bad one nobody", async () => {
  expect(await ask({})).toBe(anonymous);
  for (const authorization of ["Bearer x", "Bearer", "Bearer a b", "Basic dXNlcjpwYXNz", "bearer x.y.z"]) expect(await ask({ authorization }), authorization).toBeUndefined();
});

test("a token is taken from the header, or from a browser's WebSocket protocol", async () => {
  const token = signToken(keys, good);
  expect(await ask({ authorization: `Bearer ${token}` })).toMatchObject({ username: "system:serviceaccount:a:b" });
  expect(await ask({ authorization: `bearer  ${token}` })).toBeDefined();
  const protocol = `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString("base64url")}`;
  expect(await ask({ "sec-websocket-protocol": `v5.channel.k8s.io, ${protocol}` })).toBeDefined();
  expect(await ask({ "sec-websocket-protocol": "base64url.bearer.authorization.k8s.io.***" })).toBeUndefined();
});

test.each([
  [{ ...good, iss: "https://other" }], [{ ...good, aud: ["other"] }], [{ ...good, aud: undefined }], [{ ...good, exp: exp - 1200 }], [{ ...good, exp: undefined }],
  [{ ...good, sub: undefined }], [{ ...good, sub: "system:serviceaccount:a:c" }], [{ ...good, sub: "system:node:n" }], [{ ...good, "kubernetes.io": {} }],
  [{ ...good, "kubernetes.io": { ...account, serviceaccount: { name: "b" } } }], [{ ...good, "kubernetes.io": null }], [{ ...good, "kubernetes.io": "x" }],
  [{ ...good, "kubernetes.io": undefined }], [{ ...good, "kubernetes.io": undefined, "isopod.dev": { type: "root", groups: ["system:masters"] } }],
  [{ ...good, "kubernetes.io": undefined, "isopod.dev": { type: "admin" } }], [{ ...good, nbf: exp + 600 }],
] as [Record<string, unknown>][])("signed claims %j make nobody", async (claims) => {
  expect(await authenticate(signToken(keys, claims), trust)).toBeUndefined();
});

test("arbitrary tokens, and good ones with one character changed, make nobody and throw nothing", async () => {
  const token = signToken(keys, good);
  await fc.assert(fc.asyncProperty(fc.string(), async (text) => { expect((await authenticate(text, trust))?.groups ?? []).toEqual([]); }));
  await fc.assert(fc.asyncProperty(fc.nat(token.length - 2), fc.constantFrom(..."aB0-_.="), async (at, char) => {
    const changed = token.slice(0, at) + char + token.slice(at + 1);
    if (changed !== token) expect(await authenticate(changed, trust)).toBeUndefined();
  }));
  expect(await authenticate("x".repeat(100_000), trust)).toBeUndefined();
});
