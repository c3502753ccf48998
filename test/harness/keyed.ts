import { createClusterKeys, signToken, verifyTokenSync, type ClusterKeys } from "../../src/auth/keys.ts";
import type { ClusterFacts } from "../../src/kinds/kind.ts";
import { testFacts } from "./facts.ts";
import { START_MS } from "./test-api.ts";

/** A cluster's facts with real keys, and the keys. */
export function keyed(nowMs: () => number = () => START_MS): { keys: ClusterKeys; cluster: ClusterFacts } {
  const keys = createClusterKeys({ nowMs: START_MS });
  const cluster = {
    ...testFacts(), caCertificatePem: keys.ca.certificatePem, frontProxyCaPem: keys.frontProxyCa!.certificatePem,
    signToken: (claims: Record<string, unknown>) => signToken(keys, claims),
    verifyToken: (token: string) => verifyTokenSync(keys, token, nowMs()),
  };
  return { keys, cluster };
}
