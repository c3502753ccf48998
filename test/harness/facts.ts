import type { ClusterFacts } from "../../src/kinds/kind.ts";

/** A cluster's installation for tests without keys: tokens are readable text. */
export const testFacts = (): ClusterFacts => ({
  id: "test", domain: "cluster.local", serviceCidrs: ["10.96.0.0/16"], podCidr: "10.244.0.0/16", nodePortRange: [30000, 32767],
  issuer: "https://test.example/clusters/test", caCertificatePem: "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n",
  frontProxyCaPem: "-----BEGIN CERTIFICATE-----\nMQ==\n-----END CERTIFICATE-----\n",
  signToken: (claims) => `test.${btoa(JSON.stringify(claims))}.signature`,
  verifyToken: (jwt) => (jwt.startsWith("test.") ? JSON.parse(atob(jwt.split(".")[1]!)) as Record<string, unknown> : undefined),
  signCertificate: () => "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n",
  nodeHeartbeatMs: () => undefined,
});
