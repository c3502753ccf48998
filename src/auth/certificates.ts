import { createHash, createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { encodeBase64 } from "../lib/base64.ts";
import type { CertificateContents } from "../kinds/kind.ts";
import { badRequest } from "../lib/errors.ts";
import { bits, ia5, integer, objectId, octets, sequence, set, tagged, time, TRUE, utf8, type Der } from "./der.ts";
import { createPrivateJwk, jwkInput, publicKeyDer, signBytes, type ClusterKeys, type EcJwk } from "./keys.ts";

/**
 * X.509 certificates of a cluster's authority: ECDSA P-256 with SHA-256, serials of 127 random bits, back-dated by five
 * minutes against clocks that are behind. Synchronous, so that joining a node is one transaction.
 */
export interface CertificateRequest {
  commonName: string;
  organizations?: readonly string[];
  dnsNames?: readonly string[];
  ips?: readonly string[];
  /** SubjectPublicKeyInfo in PEM, of the key that the holder keeps. */
  publicKeyPem: string;
  days: number;
  /** Default: both server and client. */
  usages?: readonly ("server" | "client")[];
}

export function issueCertificate(ca: ClusterKeys["ca"], request: CertificateRequest, nowMs: number): string {
  const issuer = new X509Certificate(ca.certificatePem);
  const publicKey = parsePublicKey(request.publicKeyPem);
  const usages = request.usages ?? ["server", "client"];
  const notAfterMs = Math.min(nowMs + request.days * DAY_MS, Date.parse(issuer.validTo));
  return certificate({
    issuer: subjectOf(issuer), subject: nameOf(request.commonName, request.organizations), publicKey, notBeforeMs: nowMs - BACKDATE_MS, notAfterMs,
    extensions: [
      extension("2.5.29.15", true, bits(Uint8Array.of(0x80), 7)), // digitalSignature
      extension("2.5.29.37", false, sequence(...usages.map((usage) => objectId(usage === "server" ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2")))),
      extension("2.5.29.19", true, sequence()),
      extension("2.5.29.35", false, sequence(tagged(0x80, keyIdentifier(publicKeyDer(ca.privateJwk))))),
      ...alternativeNames(request),
    ],
  }, ca.privateJwk);
}

/** A key pair with its certificate, for a server that we run ourselves. */
export function issueServingPair(ca: ClusterKeys["ca"], request: Omit<CertificateRequest, "publicKeyPem">, nowMs: number): { certificatePem: string; privateKeyPem: string } {
  const privateJwk = createPrivateJwk();
  const publicKeyPem = toPem("PUBLIC KEY", publicKeyDer(privateJwk));
  const privateKeyPem = createPrivateKey(jwkInput(privateJwk)).export({ format: "pem", type: "pkcs8" }).toString();
  return { certificatePem: issueCertificate(ca, { ...request, publicKeyPem }, nowMs), privateKeyPem };
}

/**
 * Answers a certificate request: subject, key and names are its own bytes. Usages are those of certificates.k8s.io. A long
 * validity includes the back-dating, a short one does not.
 */
export function signCertificate(ca: ClusterKeys["ca"], request: CertificateContents, nowMs: number): string {
  const issuer = new X509Certificate(ca.certificatePem);
  const isShort = request.seconds <= SHORT_SECONDS;
  const notAfterMs = Math.min(nowMs + request.seconds * 1000 - (isShort ? 0 : BACKDATE_MS), Date.parse(issuer.validTo));
  return certificate({
    issuer: subjectOf(issuer), subject: request.subject, publicKey: request.publicKey, notBeforeMs: nowMs - BACKDATE_MS, notAfterMs,
    extensions: [
      ...usageExtensions(request.usages),
      extension("2.5.29.19", true, sequence()),
      extension("2.5.29.35", false, sequence(tagged(0x80, keyIdentifier(publicKeyDer(ca.privateJwk))))),
      ...(request.alternativeNames ? [extension("2.5.29.17", false, request.alternativeNames)] : []),
    ],
  }, ca.privateJwk);
}

/** Bits of KeyUsage, first is digitalSignature (RFC 5280 4.2.1.3). */
const KEY_USAGES: Readonly<Record<string, number>> = {
  "signing": 0, "digital signature": 0, "content commitment": 1, "key encipherment": 2, "data encipherment": 3, "key agreement": 4,
  "cert sign": 5, "crl sign": 6, "encipher only": 7, "decipher only": 8,
};
const EXTENDED_USAGES: Readonly<Record<string, string>> = {
  "any": "2.5.29.37.0", "server auth": "1.3.6.1.5.5.7.3.1", "client auth": "1.3.6.1.5.5.7.3.2", "code signing": "1.3.6.1.5.5.7.3.3",
  "email protection": "1.3.6.1.5.5.7.3.4", "s/mime": "1.3.6.1.5.5.7.3.4", "ipsec end system": "1.3.6.1.5.5.7.3.5", "ipsec tunnel": "1.3.6.1.5.5.7.3.6",
  "ipsec user": "1.3.6.1.5.5.7.3.7", "timestamping": "1.3.6.1.5.5.7.3.8", "ocsp signing": "1.3.6.1.5.5.7.3.9",
  "microsoft sgc": "1.3.6.1.4.1.311.10.3.3", "netscape sgc": "2.16.840.1.113730.4.1",
};

function usageExtensions(usages: readonly string[]): Der[] {
  const keyUsage = [...new Set(usages.map((usage) => KEY_USAGES[usage]).filter((bit) => bit !== undefined))];
  const extended = [...new Set(usages.map((usage) => EXTENDED_USAGES[usage]).filter((oid) => oid !== undefined))];
  return [
    ...(keyUsage.length > 0 ? [extension("2.5.29.15", true, keyUsageBits(keyUsage))] : []),
    ...(extended.length > 0 ? [extension("2.5.29.37", false, sequence(...extended.map(objectId)))] : []),
  ];
}

function keyUsageBits(set: readonly number[]): Der {
  const last = Math.max(...set);
  const bytes = new Uint8Array(Math.floor(last / 8) + 1);
  for (const bit of set) bytes[Math.floor(bit / 8)]! |= 0x80 >> (bit % 8);
  return bits(bytes, 7 - (last % 8));
}

export function createCaCertificate(options: { privateJwk: EcJwk; commonName: string; nowMs: number; years?: number }): string {
  const publicKey = publicKeyDer(options.privateJwk);
  const name = nameOf(options.commonName);
  return certificate({
    issuer: name, subject: name, publicKey, notBeforeMs: options.nowMs - BACKDATE_MS, notAfterMs: options.nowMs + (options.years ?? 10) * 365 * DAY_MS,
    extensions: [
      extension("2.5.29.15", true, bits(Uint8Array.of(0xa4), 2)), // digitalSignature, keyCertSign, with keyEncipherment as kubeadm's
      extension("2.5.29.19", true, sequence(TRUE)),
      extension("2.5.29.14", false, octets(keyIdentifier(publicKey))),
      ...alternativeNames({ dnsNames: [options.commonName] }),
    ],
  }, options.privateJwk);
}

const DAY_MS = 86_400_000;
const BACKDATE_MS = 300_000;
const SHORT_SECONDS = 8 * 3_600;
const ECDSA_WITH_SHA256 = sequence(objectId("1.2.840.10045.4.3.2"));

interface Contents { issuer: Der; subject: Der; publicKey: Der; notBeforeMs: number; notAfterMs: number; extensions: Der[] }

function certificate(c: Contents, signer: EcJwk): string {
  const serial = crypto.getRandomValues(new Uint8Array(16));
  serial[0]! &= 0x7f;
  const body = sequence(
    tagged(0xa0, integer(Uint8Array.of(2))), integer(serial), ECDSA_WITH_SHA256, c.issuer,
    sequence(time(c.notBeforeMs), time(c.notAfterMs)), c.subject, c.publicKey, tagged(0xa3, sequence(...c.extensions)),
  );
  return toPem("CERTIFICATE", sequence(body, ECDSA_WITH_SHA256, bits(signBytes(signer, body, "der"))));
}

function nameOf(commonName: string, organizations: readonly string[] = []): Der {
  const part = (oid: string, text: string) => set(sequence(objectId(oid), utf8(text)));
  return sequence(...organizations.map((o) => part("2.5.4.10", o)), part("2.5.4.3", commonName));
}

const extension = (oid: string, critical: boolean, value: Der): Der =>
  sequence(objectId(oid), ...(critical ? [TRUE] : []), octets(value));

function alternativeNames({ dnsNames = [], ips = [] }: Pick<CertificateRequest, "dnsNames" | "ips">): Der[] {
  if (dnsNames.length + ips.length === 0) return [];
  return [extension("2.5.29.17", false, sequence(...dnsNames.map((name) => ia5(0x82, name)), ...ips.map((ip) => tagged(0x87, ipBytes(ip)))))];
}

function ipBytes(ip: string): Der {
  if (!ip.includes(":")) return Uint8Array.from(ip.split(".").map(Number));
  const [head = "", tail] = ip.split("::");
  const groups = (text: string | undefined) => (text ? text.split(":").map((g) => parseInt(g, 16)) : []);
  const left = groups(head);
  const right = groups(tail);
  const all = [...left, ...Array.from({ length: tail === undefined ? 0 : 8 - left.length - right.length }, () => 0), ...right];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

/** The subject's bytes as they stand in a certificate of ours: issuer names are compared byte by byte. */
const subjectOf = (ca: X509Certificate): Der => nameOf(/CN=([^\n]*)/.exec(ca.subject)?.[1] ?? "kubernetes");

const keyIdentifier = (publicKey: Der): Der => createHash("sha256").update(publicKey).digest().subarray(0, 20);

function parsePublicKey(pem: string): Der {
  try {
    if (pem.length > 4_096 || !pem.includes("BEGIN PUBLIC KEY")) throw new Error("not a public key");
    return createPublicKey(pem).export({ format: "der", type: "spki" });
  } catch {
    throw badRequest("publicKey must be a public key in PEM");
  }
}

export const toPem = (label: string, der: Der): string =>
  `-----BEGIN ${label}-----\n${encodeBase64(der).replace(/.{64}(?=.)/g, "$&\n")}\n-----END ${label}-----\n`;
