import { expect, test } from "vitest";
import { aConfigMap, aNamespace } from "../../../test/harness/builders.ts";
import { testCluster } from "../../../test/harness/test-cluster.ts";
import type { ConfigMap } from "../../kinds/types/core-v1.generated.ts";

const ROOT_CA = { ...aConfigMap({ name: "kube-root-ca.crt", namespace: "team" }) } as ConfigMap;
const DEFAULT_ACCOUNT = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "team" } };

test("every namespace has the cluster's certificate and a default service account, and gets them back", async () => {
  await using cluster = await testCluster();
  cluster.create(aNamespace("team"));
  cluster.settle();
  const pem = cluster.get(ROOT_CA)!.data!["ca.crt"];
  expect(pem).toContain("BEGIN CERTIFICATE");
  expect(cluster.get(DEFAULT_ACCOUNT)).toBeDefined();

  cluster.update(ROOT_CA, (draft) => { draft.data = { "ca.crt": "forged" }; });
  cluster.delete(DEFAULT_ACCOUNT);
  cluster.settle();
  expect(cluster.get(ROOT_CA)!.data).toEqual({ "ca.crt": pem });
  expect(cluster.get(DEFAULT_ACCOUNT)).toBeDefined();

  cluster.delete(ROOT_CA);
  cluster.settle();
  expect(cluster.get(ROOT_CA)!.data).toEqual({ "ca.crt": pem });
});

test("a namespace that is going away gets neither", async () => {
  await using cluster = await testCluster();
  const team = cluster.create({ ...aNamespace("team"), metadata: { name: "team", finalizers: ["example.com/hold"] } });
  cluster.settle();
  cluster.delete(team);
  cluster.settle();
  expect(cluster.get(ROOT_CA)).toBeUndefined();
  expect(cluster.get(DEFAULT_ACCOUNT)).toBeUndefined();
});
