import { createHash, createPublicKey, generateKeyPairSync, sign, verify, type JsonWebKeyInput } from "node:crypto";
import { decodeBase64Url, encodeBase64Url } from "../lib/base64.ts";
import { createCaCertificate } from "./certificates.ts";

/**
 * A cluster's secrets: the key that signs its tokens (ES256), its certificate authority, and the one of its aggregator alone: who
 * holds a certificate of that may speak for any user, so nothing else may be signed with it. Plain JSON, for the Cluster's
 * meta table; the private halves never leave the Cluster. Everything is synchronous, on node:crypto, so that tokens and
 * certificates can be made inside a transaction.
 */
export interface ClusterKeys {
  signing: { kid: string; privateJwk: EcJwk };
  ca: CertificateAuthority;
  /** Absent in clusters that are older than it. */
  frontProxyCa?: CertificateAuthority;
}

export interface CertificateAuthority { certificatePem: string; privateJwk: EcJwk }

export interface EcJwk { kty: "EC"; crv: "P-256"; x: string; y: string; d?: string }
/** As served under /openid/v1/jwks, and what a Worker needs to verify tokens. */
export interface PublicJwk extends EcJwk { kid: string; alg: "ES256"; use: "sig" }

export function createClusterKeys(options: { nowMs: number; clusterName?: string }): ClusterKeys {
  const signing = createPrivateJwk();
  const ca = createPrivateJwk();
  return {
    signing: { kid: keyId(signing), privateJwk: signing },
    ca: { certificatePem: createCaCertificate({ privateJwk: ca, commonName: options.clusterName ?? "kubernetes", nowMs: options.nowMs }), privateJwk: ca },
    frontProxyCa: createFrontProxyCa(options.nowMs),
  };
}

export function createFrontProxyCa(nowMs: number): CertificateAuthority {
  const privateJwk = createPrivateJwk();
  return { certificatePem: createCaCertificate({ privateJwk, commonName: "front-proxy-ca", nowMs }), privateJwk };
}

export function createPrivateJwk(): EcJwk {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y, d } = privateKey.export({ format: "jwk" });
  return { kty: "EC", crv: "P-256", x: x!, y: y!, d: d! };
}

const publicJwk = ({ kty, crv, x, y }: EcJwk): EcJwk => ({ kty, crv, x, y });

export function jwks(keys: ClusterKeys): { keys: PublicJwk[] } {
  return { keys: [{ use: "sig", ...publicJwk(keys.signing.privateJwk), kid: keys.signing.kid, alg: "ES256" }] };
}

/** Signs complete claims (iss, sub, aud, exp, …). */
export function signToken(keys: ClusterKeys, claims: Record<string, unknown>): string {
  const part = (value: unknown) => encodeBase64Url(new TextEncoder().encode(JSON.stringify(value)));
  const signed = `${part({ alg: "ES256", kid: keys.signing.kid })}.${part(claims)}`;
  return `${signed}.${encodeBase64Url(signBytes(keys.signing.privateJwk, new TextEncoder().encode(signed), "ieee-p1363"))}`;
}

/**
 * Claims of a token of this cluster, or undefined when it is malformed, not ours, not yet valid or expired. Audience and
 * what the token is bound to are for the caller to check.
 */
export function verifyTokenSync(keys: ClusterKeys, token: string, nowMs: number): Record<string, unknown> | undefined {
  const parts = token.split(".");
  if (parts.length !== 3 || token.length > TOKEN_LENGTH_MAX) return undefined;
  try {
    const header = parsePart(parts[0]!);
    if (header.alg !== "ES256" || header.kid !== keys.signing.kid || header.crit !== undefined) return undefined;
    const data = new TextEncoder().encode(`${parts[0]}.${parts[1]}`);
    const key = { ...jwkInput(publicJwk(keys.signing.privateJwk)), dsaEncoding: "ieee-p1363" } as const;
    if (!verify("sha256", data, key, decodeBase64Url(parts[2]!))) return undefined;
    const claims = parsePart(parts[1]!);
    return isCurrent(claims, nowMs) ? claims : undefined;
  } catch {
    return undefined;
  }
}

export const TOKEN_LENGTH_MAX = 16_384;

/** Signature of the CA or of the token key. Given as a JWK each time: workerd takes no KeyObject together with dsaEncoding. */
export function signBytes(privateJwk: EcJwk, data: Uint8Array, dsaEncoding: "der" | "ieee-p1363"): Uint8Array {
  return sign("sha256", data, { ...jwkInput(privateJwk), dsaEncoding });
}

/** For node:crypto, whose type of a JWK is not the one of the Web. */
export const jwkInput = (jwk: EcJwk): JsonWebKeyInput => ({ key: jwk as unknown as JsonWebKeyInput["key"], format: "jwk" });

/** SubjectPublicKeyInfo. */
export function publicKeyDer(jwk: EcJwk): Uint8Array {
  return createPublicKey(jwkInput(publicJwk(jwk))).export({ format: "der", type: "spki" });
}

/** As upstream derives it: a hash of the public key. */
const keyId = (jwk: EcJwk): string => encodeBase64Url(createHash("sha256").update(publicKeyDer(jwk)).digest());

function parsePart(part: string): Record<string, unknown> {
  const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(decodeBase64Url(part)));
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("not an object");
  return value as Record<string, unknown>;
}

function isCurrent(claims: Record<string, unknown>, nowMs: number): boolean {
  const { exp, nbf } = claims;
  if (typeof exp !== "number" || exp * 1000 <= nowMs) return false;
  return nbf === undefined || (typeof nbf === "number" && nbf * 1000 <= nowMs + CLOCK_SKEW_MS);
}

const CLOCK_SKEW_MS = 60_000;
