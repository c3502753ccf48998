import { createRemoteJWKSet, decodeJwt, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from "jose";
import type { Authenticated } from "../../api/request.ts";
import type { Authenticator } from "./authenticator.ts";

/** A foreign issuer of ID tokens, with upstream's meaning of the `--oidc-*` options. */
export interface OidcIssuer {
  url: string; // https, without a slash at the end
  clientId: string;
  usernameClaim?: string; // default "sub"
  /** Default: the URL and "#", except for the claim `email`. "-" is none. */
  usernamePrefix?: string;
  groupsClaim?: string;
  groupsPrefix?: string;
  requiredClaims?: Readonly<Record<string, string>>;
}

export const oidc: Authenticator = {
  name: "oidc",
  async authenticate(token, trust) {
    if (!trust.oidc?.length) return undefined;
    try {
      const claimed = decodeJwt(token).iss;
      const issuer = trust.oidc.find(({ url }) => url === claimed);
      if (!issuer) return undefined;
      const { payload } = await jwtVerify(token, await keysOf(issuer.url), { algorithms: ALGORITHMS, issuer: issuer.url, audience: issuer.clientId, requiredClaims: ["exp"] });
      return userOf(payload, issuer);
    } catch {
      return undefined;
    }
  },
};

const ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA"];

function userOf(claims: JWTPayload, issuer: OidcIssuer): Authenticated | undefined {
  for (const [claim, value] of Object.entries(issuer.requiredClaims ?? {})) if (claims[claim] !== value) return undefined;
  const usernameClaim = issuer.usernameClaim ?? "sub";
  const name = claims[usernameClaim];
  if (typeof name !== "string" || name === "") return undefined;
  if (usernameClaim === "email" && claims.email_verified === false) return undefined;
  const username = `${usernamePrefix(issuer, usernameClaim)}${name}`;
  const named = issuer.groupsClaim ? claims[issuer.groupsClaim] : undefined;
  const groups = (Array.isArray(named) ? named : [named]).filter((group) => typeof group === "string").map((group) => `${issuer.groupsPrefix ?? ""}${group}`);
  // Names that begin so belong to the cluster: no other issuer can make a node or a superuser.
  if (username.startsWith("system:")) return undefined;
  return { username, groups: [...groups.filter((group) => !group.startsWith("system:")), "system:authenticated"], authenticator: "oidc", expiresMs: claims.exp! * 1000 };
}

function usernamePrefix({ usernamePrefix, url }: OidcIssuer, claim: string): string {
  if (usernamePrefix === "-") return "";
  return usernamePrefix ?? (claim === "email" ? "" : `${url}#`);
}

const remotes = new Map<string, Promise<JWTVerifyGetKey>>();

/** Keys by the issuer's discovery document; jose fetches them again when a key is unknown, at most every 30 s. */
function keysOf(url: string): Promise<JWTVerifyGetKey> {
  let keys = remotes.get(url);
  if (!keys) {
    remotes.set(url, keys = discover(url));
    keys.catch(() => remotes.delete(url));
  }
  return keys;
}

async function discover(url: string): Promise<JWTVerifyGetKey> {
  if (!url.startsWith("https://")) throw new Error("an issuer needs https");
  const response = await fetch(`${url}/.well-known/openid-configuration`, { signal: AbortSignal.timeout(5_000) });
  if (!response.ok) throw new Error(`discovery document: ${response.status}`);
  const document = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown };
  if (document.issuer !== url || typeof document.jwks_uri !== "string" || !document.jwks_uri.startsWith("https://")) throw new Error("discovery document of another issuer");
  return createRemoteJWKSet(new URL(document.jwks_uri), { timeoutDuration: 5_000 });
}
