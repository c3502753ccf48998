import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { aConfigMap } from "../../../test/harness/builders.ts";
import { testCluster } from "../../../test/harness/test-cluster.ts";
import type { ConfigMap } from "../../kinds/types/core-v1.generated.ts";

const PUBLISHED = { ...aConfigMap({ name: "extension-apiserver-authentication", namespace: "kube-system" }) } as ConfigMap;

test("extension API servers find whom to believe, and nothing that users can sign is among it", async () => {
  await using cluster = await testCluster();
  cluster.settle();
  const data = cluster.get(PUBLISHED)!.data!;
  expect(data).toMatchObject({ "requestheader-allowed-names": `["front-proxy-client"]`, "requestheader-username-headers": `["X-Remote-User"]`, "requestheader-extra-headers-prefix": `["X-Remote-Extra-"]` });
  const [users, aggregator] = ["client-ca-file", "requestheader-client-ca-file"].map((key) => new X509Certificate(data[key]!));
  const shown = new X509Certificate(cluster.core.identity.frontProxyCertificate(cluster.nowMs).certificatePem);
  expect(shown.subject).toBe("CN=front-proxy-client");
  expect([shown.verify(aggregator!.publicKey), shown.verify(users!.publicKey)]).toEqual([true, false]);

  cluster.delete(PUBLISHED);
  cluster.settle();
  expect(cluster.get(PUBLISHED)!.data).toEqual(data);
});

test("the aggregator's certificate is renewed before it ends", async () => {
  await using cluster = await testCluster();
  const { identity } = cluster.core;
  const at = (ms: number) => identity.frontProxyCertificate(cluster.nowMs + ms).certificatePem;
  const first = at(0);
  expect(at(1_800_000)).toBe(first);
  const later = at(3_700_000);
  expect(later).not.toBe(first);
  expect(Date.parse(new X509Certificate(later).validTo)).toBeGreaterThan(cluster.nowMs + 3_700_000 + 3_600_000);
});
