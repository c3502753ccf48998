import { createPublicKey, verify } from "node:crypto";
import { base64ToText, decodeBase64 } from "./base64.ts";
import { DerError, members, objectIdText, readDer, type DerValue } from "./der-reader.ts";

/** A PKCS#10 certificate request (RFC 2986): who asks for a certificate of which key, for which names. */
export interface ParsedRequest {
  commonName: string;
  organizations: string[];
  dnsNames: string[];
  emailAddresses: string[];
  ipAddresses: Uint8Array[];
  uris: string[];
  /** DER, as they go into the certificate. */
  subject: Uint8Array;
  publicKey: Uint8Array;
  /** The value of the extension subjectAltName, if there is one. */
  alternativeNames?: Uint8Array;
}

const LENGTH_MAX = 64 * 1024;
const COMMON_NAME = "2.5.4.3";
const ORGANIZATION = "2.5.4.10";
const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";
const SUBJECT_ALT_NAME = "2.5.29.17";
const DIGESTS: Readonly<Record<string, string | null>> = {
  "1.2.840.113549.1.1.11": "sha256", "1.2.840.113549.1.1.12": "sha384", "1.2.840.113549.1.1.13": "sha512",
  "1.2.840.10045.4.3.2": "sha256", "1.2.840.10045.4.3.3": "sha384", "1.2.840.10045.4.3.4": "sha512",
  "1.3.101.112": null, // Ed25519 has its own
};

/** From base64 of PEM, as the API holds it. Checks the signature; throws an Error whose message tells what is wrong. */
export function parseCertificateRequest(base64Pem: string): ParsedRequest {
  if (base64Pem.length > LENGTH_MAX) throw new Error("the certificate request is too large");
  const [info, algorithm, signature] = members(readDer(derOf(base64Pem)));
  const [, subject, publicKey, attributes] = members(info);
  if (!subject || !publicKey || signature?.tag !== 0x03) throw new DerError("asn1: structure error: not a certificate request");
  checkSignature({ info: info!, publicKey, algorithm: objectIdText(members(algorithm)[0]), signature: signature.body.subarray(1) });
  const alternativeNames = attributes?.tag === 0xa0 ? findAlternativeNames(attributes) : undefined;
  return { ...readSubject(subject), ...readNames(alternativeNames), subject: subject.raw, publicKey: publicKey.raw, ...(alternativeNames && { alternativeNames }) };
}

function derOf(base64Pem: string): Uint8Array {
  const match = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----/.exec(base64ToText(base64Pem));
  if (match?.[1] !== "CERTIFICATE REQUEST" && match?.[1] !== "NEW CERTIFICATE REQUEST") throw new Error("PEM block type must be CERTIFICATE REQUEST");
  return decodeBase64(match[2]!.replace(/\s/g, ""));
}

function checkSignature({ info, publicKey, algorithm, signature }: { info: DerValue; publicKey: DerValue; algorithm: string; signature: Uint8Array }): void {
  const digest = DIGESTS[algorithm];
  if (digest === undefined) throw new Error("x509: cannot verify signature: algorithm unimplemented");
  // As PEM, which every runtime with node:crypto reads.
  const pem = `-----BEGIN PUBLIC KEY-----\n${btoa(String.fromCharCode(...publicKey.raw))}\n-----END PUBLIC KEY-----\n`;
  let isValid: boolean;
  try {
    isValid = verify(digest, info.raw, createPublicKey(pem), signature);
  } catch {
    throw new Error("x509: unsupported public key");
  }
  if (!isValid) throw new Error("x509: signature of the certificate request does not match its key");
}

function readSubject(subject: DerValue): Pick<ParsedRequest, "commonName" | "organizations"> {
  const parts = members(subject).flatMap((set) => members(set, 0x31)).map((part) => {
    const [type, value] = members(part);
    return { type: objectIdText(type), text: new TextDecoder().decode(value?.body) };
  });
  const of = (type: string) => parts.filter((part) => part.type === type).map((part) => part.text);
  return { commonName: of(COMMON_NAME).at(-1) ?? "", organizations: of(ORGANIZATION) };
}

function findAlternativeNames(attributes: DerValue): Uint8Array | undefined {
  for (const attribute of members(attributes, 0xa0)) {
    const [type, values] = members(attribute);
    if (objectIdText(type) !== EXTENSION_REQUEST) continue;
    for (const extension of members(members(values, 0x31)[0])) {
      const parts = members(extension);
      const value = parts.at(-1);
      if (objectIdText(parts[0]) === SUBJECT_ALT_NAME && value?.tag === 0x04) return value.body;
    }
  }
  return undefined;
}

function readNames(alternativeNames: Uint8Array | undefined): Pick<ParsedRequest, "dnsNames" | "emailAddresses" | "ipAddresses" | "uris"> {
  const names = alternativeNames ? members(readDer(alternativeNames)) : [];
  const of = (tag: number) => names.filter((name) => name.tag === tag).map((name) => name.body);
  const texts = (tag: number) => of(tag).map((body) => new TextDecoder().decode(body));
  return { emailAddresses: texts(0x81), dnsNames: texts(0x82), uris: texts(0x86), ipAddresses: of(0x87) };
}
