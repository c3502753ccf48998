import { expect, test } from "vitest";
import { testApi } from "../../../../test/harness/test-api.ts";
import { testCluster } from "../../../../test/harness/test-cluster.ts";
import { example as aDefinition } from "../../apiextensions/custom-resource-definition/example.ts";
import type { APIService } from "../../types/apiregistration-v1.generated.ts";
import { example } from "./example.ts";

test("built-in group versions are listed as local and available", async () => {
  await using cluster = await testCluster();
  cluster.settle();
  const services = cluster.list<APIService>("apiregistration.k8s.io/v1", "APIService");
  expect(services.map((s) => s.metadata.name)).toEqual(expect.arrayContaining(["v1.", "v1.apps", "v1.events.k8s.io", "v1.rbac.authorization.k8s.io"]));
  expect(services.every((s) => s.status!.conditions![0]!.reason === "Local")).toBe(true);
});

test("a version of custom resources comes and goes with its definition", async () => {
  await using cluster = await testCluster();
  const crd = cluster.create(aDefinition() as never);
  cluster.settle();
  const own = () => cluster.list("apiregistration.k8s.io/v1", "APIService").filter((s) => s.metadata.labels?.["kube-aggregator.kubernetes.io/automanaged"] === "true").length;
  expect(own()).toBe(1);
  cluster.delete(crd);
  cluster.settle();
  expect(own()).toBe(0);
});

test("a name must be version and group; local ones have no CA", async () => {
  await using api = await testApi();
  const answer = await api.post({ ...example(), metadata: { name: "v2.example.com" } });
  expect(answer.body.message).toContain('must be `spec.version+"."+spec.group`: "v1.example.com"');
  const { service: _service, ...spec } = example().spec!;
  expect((await api.post({ ...example(), spec: { ...spec, insecureSkipTLSVerify: true } } as never)).body.message).toContain("local APIServices may not have insecureSkipTLSVerify");
});
