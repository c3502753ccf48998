import "reflect-metadata"; // which @peculiar/x509 needs, and asks its users to bring
import * as x509 from "@peculiar/x509";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { webcrypto } from "node:crypto";

x509.cryptoProvider.set(webcrypto as unknown as Crypto);

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const YEAR_MS = 365 * 24 * 3600_000;

export interface ServingCertificates {
  caPem: string;
  certificatePem: string;
  keyPem: string;
}

/**
 * The installation's CA and the certificate under which workerd serves, kept in the data directory. The CA lasts ten
 * years; the serving certificate is made anew at each start, for exactly the names and addresses of this start.
 */
export async function servingCertificates(dataDir: string, names: { dns: readonly string[]; ips: readonly string[] }): Promise<ServingCertificates> {
  const ca = await loadOrCreateCa(dataDir);
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: "CN=isopod-apiserver",
    issuer: ca.certificate.subject,
    notBefore: new Date(Date.now() - 3600_000),
    notAfter: new Date(Date.now() + YEAR_MS),
    publicKey: keys.publicKey,
    signingKey: ca.key,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...names.dns.map((value) => ({ type: "dns" as const, value })),
        ...names.ips.map((value) => ({ type: "ip" as const, value })),
      ]),
    ],
  });
  return { caPem: ca.certificate.toString("pem") + "\n", certificatePem: certificate.toString("pem") + "\n", keyPem: await keyToPem(keys.privateKey) };
}

async function loadOrCreateCa(dataDir: string): Promise<{ certificate: x509.X509Certificate; key: CryptoKey }> {
  const certificatePath = join(dataDir, "ca.crt");
  const keyPath = join(dataDir, "ca.key");
  if (existsSync(certificatePath) && existsSync(keyPath)) {
    const der = x509.PemConverter.decodeFirst(readFileSync(keyPath, "utf8"));
    const key = await webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
    return { certificate: new x509.X509Certificate(readFileSync(certificatePath, "utf8")), key: key as CryptoKey };
  }
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: "CN=isopod-local-ca",
    notBefore: new Date(Date.now() - 3600_000),
    notAfter: new Date(Date.now() + 10 * YEAR_MS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature, true),
    ],
  });
  writeFileSync(keyPath, await keyToPem(keys.privateKey), { mode: 0o600 });
  writeFileSync(certificatePath, certificate.toString("pem") + "\n");
  return { certificate, key: keys.privateKey };
}

async function newKeys(): Promise<CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"])) as CryptoKeyPair;
}

async function keyToPem(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key as webcrypto.CryptoKey), "PRIVATE KEY") + "\n";
}

function serial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0]! &= 0x7f; // a serial number is positive
  return Buffer.from(bytes).toString("hex");
}
