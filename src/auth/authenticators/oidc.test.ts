import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { authenticate } from "./index.ts";
import type { OidcIssuer } from "./oidc.ts";

// The network is the only fake: an issuer's two documents.
let url: string;
let count = 0;
const pair = await generateKeyPair("RS256");
const documents = (): Record<string, unknown> => ({
  [`${url}/.well-known/openid-configuration`]: { issuer: url, jwks_uri: `${url}/keys` },
  [`${url}/keys`]: { keys: [published] },
});
const published = { ...(await exportJWK(pair.publicKey)), kid: "k", alg: "RS256" };

beforeEach(() => {
  url = `https://issuer-${count++}.example`;
  vi.stubGlobal("fetch", vi.fn(async (input: string | URL) => Response.json(documents()[`${input}`] ?? {}, { status: documents()[`${input}`] ? 200 : 404 })));
});
afterEach(() => { vi.unstubAllGlobals(); });

const token = (claims: object = {}, options: { iss?: string; aud?: string; exp?: string } = {}) =>
  new SignJWT({ sub: "ann", groups: ["dev", "system:masters"], ...claims }).setProtectedHeader({ alg: "RS256", kid: "k" })
    .setIssuer(options.iss ?? url).setAudience(options.aud ?? "kubernetes").setExpirationTime(options.exp ?? "1h").sign(pair.privateKey);
const ask = async (issuer: Partial<OidcIssuer>, text: string) =>
  authenticate(text, { issuer: "https://cluster", jwks: { keys: [] }, oidc: [{ url, clientId: "kubernetes", ...issuer }] });

test("a foreign issuer's token makes a user with a prefix; names of the system are not his to give", async () => {
  expect(await ask({ groupsClaim: "groups" }, await token())).toMatchObject({ username: `${url}#ann`, groups: ["dev", "system:authenticated"], authenticator: "oidc" });
  expect(await ask({ groupsClaim: "groups", groupsPrefix: "x:" }, await token())).toMatchObject({ groups: ["x:dev", "x:system:masters", "system:authenticated"] });
  expect(await ask({ usernamePrefix: "-" }, await token())).toMatchObject({ username: "ann", groups: ["system:authenticated"] });
  expect(await ask({ usernamePrefix: "-" }, await token({ sub: "system:node:n1" }))).toBeUndefined();
  expect(await ask({ usernameClaim: "email" }, await token({ email: "a@b.c", email_verified: true }))).toMatchObject({ username: "a@b.c" });
});

test("what is not for us, of somebody else, expired or not as required makes nobody", async () => {
  expect(await ask({}, await token({}, { aud: "other" }))).toBeUndefined();
  expect(await ask({}, await token({}, { iss: "https://evil.example" }))).toBeUndefined();
  expect(await ask({}, await token({}, { exp: "-1h" }))).toBeUndefined();
  expect(await ask({ requiredClaims: { hd: "example.org" } }, await token())).toBeUndefined();
  expect(await ask({ usernameClaim: "email" }, await token({ email: "a@b.c", email_verified: false }))).toBeUndefined();
  expect(await ask({ clientId: "other" }, await token())).toBeUndefined();
});

test("keys are fetched once, and only over https", async () => {
  for (let i = 0; i < 3; i++) expect(await ask({}, await token())).toBeDefined();
  expect(fetch).toHaveBeenCalledTimes(2);
  const plain = "http://issuer.example";
  expect(await ask({ url: plain }, await token({}, { iss: plain }))).toBeUndefined();
});
