import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { issueServingPair, type CertificateRequest } from "../../src/auth/certificates.ts";
import { createClusterKeys, type ClusterKeys } from "../../src/auth/keys.ts";
import { textToBase64 } from "../../src/lib/base64.ts";

/** A real HTTPS server on loopback with a certificate of an authority of its own. */
export interface TlsServer extends AsyncDisposable { port: number; server: Server; caBundle: string; /** The server's own. */ certificate: string }

export interface TlsServerOptions extends Partial<Pick<CertificateRequest, "dnsNames" | "ips" | "days">> {
  /** Whose client certificates are asked for. */
  clientCa?: string;
  authority?: ClusterKeys["ca"];
}

export async function tlsServer(listener: RequestListener, { clientCa, authority = createClusterKeys({ nowMs: Date.now() }).ca, ...names }: TlsServerOptions = {}): Promise<TlsServer> {
  const { certificatePem, privateKeyPem } = issueServingPair(authority, { commonName: "server", days: 1, ...names }, Date.now());
  const server = createServer({ cert: certificatePem, key: privateKeyPem, ...(clientCa && { ca: clientCa, requestCert: true, rejectUnauthorized: false }) }, listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    server, port: (server.address() as AddressInfo).port, caBundle: textToBase64(authority.certificatePem), certificate: textToBase64(certificatePem),
    async [Symbol.asyncDispose]() { server.closeAllConnections(); server.close(); },
  };
}
