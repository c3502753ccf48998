import { describe, expect, test } from "vitest";
import { testFacts } from "../../../../test/harness/facts.ts";
import { accepted, TestApi } from "../../../../test/harness/test-api.ts";
import type { Service } from "../../types/core-v1.generated.ts";

type Loose = Record<string, any>;
const aService = (spec: Loose, name = "s"): Service => ({ apiVersion: "v1", kind: "Service", metadata: { name, namespace: "default" }, spec: { selector: { app: "x" }, ports: [{ port: 80 }], ...spec } });
const dualStack = (serviceCidrs: [string, ...string[]] = ["10.96.0.0/16", "fd00:10:96::/112"]) => new TestApi({ host: { cluster: { ...testFacts(), serviceCidrs } } });
const created = async (api: TestApi, spec: Loose, name?: string) => (await api.create(aService(spec, name))) as Service;
const patched = async (api: TestApi, spec: Loose) => accepted(await api.mergePatch(aService({}), { spec })) as Service;
const addressNames = async (api: TestApi): Promise<string[]> => (await api.list({ apiVersion: "networking.k8s.io/v1", kind: "IPAddress", metadata: {} })).body.items.map((ip: any) => ip.metadata.name);
const V4 = expect.stringMatching(/^10\.96\./) as string;
const V6 = expect.stringMatching(/^fd00:10:96::/) as string;

describe("on a cluster with both families", () => {
  test.each<[string, Loose, Loose]>([
    ["nothing is asked for", {}, { ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv4"], clusterIPs: [V4] }],
    ["both are preferred", { ipFamilyPolicy: "PreferDualStack" }, { ipFamilies: ["IPv4", "IPv6"], clusterIPs: [V4, V6] }],
    ["both are required", { ipFamilyPolicy: "RequireDualStack" }, { ipFamilies: ["IPv4", "IPv6"], clusterIPs: [V4, V6] }],
    ["the other one comes first", { ipFamilyPolicy: "PreferDualStack", ipFamilies: ["IPv6"] }, { ipFamilies: ["IPv6", "IPv4"], clusterIPs: [V6, V4] }],
    ["the other one alone", { ipFamilies: ["IPv6"] }, { ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv6"], clusterIPs: [V6] }],
    ["an address says which", { clusterIP: "fd00:10:96::77" }, { ipFamilies: ["IPv6"], clusterIPs: ["fd00:10:96::77"] }],
    ["one address is asked for, the other is found", { ipFamilyPolicy: "RequireDualStack", clusterIP: "10.96.0.77" }, { ipFamilies: ["IPv4", "IPv6"], clusterIPs: ["10.96.0.77", V6] }],
    ["a headless service", { clusterIP: "None", ipFamilyPolicy: "PreferDualStack" }, { clusterIPs: ["None"], ipFamilies: ["IPv4", "IPv6"] }],
  ])("%s", async (_name, spec, expected) => {
    await using api = dualStack();
    const service = await created(api, spec);
    expect(service.spec).toMatchObject(expected);
    expect(service.spec!.clusterIP).toBe(service.spec!.clusterIPs![0]);
    const held = service.spec!.clusterIPs!.filter((ip) => ip !== "None");
    expect(await addressNames(api)).toEqual(held.sort());
  });

  test("a second address comes with the policy and goes with it", async () => {
    await using api = dualStack();
    const single = await created(api, {});
    const both = await patched(api, { ipFamilyPolicy: "PreferDualStack" });
    expect(both.spec).toMatchObject({ ipFamilies: ["IPv4", "IPv6"], clusterIPs: [single.spec!.clusterIP, V6] });
    expect(await addressNames(api)).toEqual([...both.spec!.clusterIPs!].sort());
    const again = await patched(api, { ipFamilyPolicy: "SingleStack" });
    expect(again.spec).toMatchObject({ ipFamilies: ["IPv4"], clusterIPs: [single.spec!.clusterIP] });
    expect(await addressNames(api)).toEqual([single.spec!.clusterIP]);
  });

  test("nothing is taken away without saying SingleStack", async () => {
    await using api = dualStack();
    const { spec } = await created(api, { ipFamilyPolicy: "RequireDualStack" });
    const answer = await api.mergePatch(aService({}), { spec: { clusterIPs: [spec!.clusterIP] } });
    expect(answer.body.message).toContain("spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": must be 'SingleStack' to release the secondary cluster IP");
    const families = await api.mergePatch(aService({}), { spec: { ipFamilies: ["IPv4"] } });
    expect(families.body.message).toContain("must be 'SingleStack' to release the secondary IP family");
  });

  test("two addresses need a policy that says so", async () => {
    await using api = dualStack();
    const answer = await api.post(aService({ ipFamilyPolicy: "SingleStack", clusterIP: "10.96.0.7", clusterIPs: ["10.96.0.7", "fd00:10:96::7"] }));
    expect(answer.body.message).toContain("must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified");
  });

  test("both addresses are given back when the service becomes external", async () => {
    await using api = dualStack();
    await created(api, { ipFamilyPolicy: "RequireDualStack" });
    const external = await patched(api, { type: "ExternalName", externalName: "example.com" });
    for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]) expect(external.spec).not.toHaveProperty(field);
    expect(await addressNames(api)).toEqual([]);
  });

  test("a secondary address is not given out twice", async () => {
    await using api = dualStack();
    await created(api, { ipFamilyPolicy: "RequireDualStack", clusterIP: "10.96.0.7", clusterIPs: ["10.96.0.7", "fd00:10:96::7"] });
    const answer = await api.post(aService({ clusterIP: "fd00:10:96::7" }, "t"));
    expect(answer.body.message).toContain("failed to allocate IP fd00:10:96::7: provided IP is already allocated");
  });

  test("an address is the same one however it is written", async () => {
    await using api = dualStack();
    await created(api, { clusterIP: "fd00:10:96:0::7" });
    expect((await api.post(aService({ clusterIP: "fd00:10:96::7" }, "t"))).body.message).toContain("provided IP is already allocated");
  });
});

test("where there is one family, preferring both gives one", async () => {
  await using api = dualStack(["10.96.0.0/16"]);
  expect((await created(api, { ipFamilyPolicy: "PreferDualStack" })).spec).toMatchObject({ ipFamilyPolicy: "PreferDualStack", ipFamilies: ["IPv4"], clusterIPs: [V4] });
});

test("a dry run gives an address and holds none", async () => {
  await using api = dualStack();
  const answer = await api.post(aService({}), { query: { dryRun: "All" } });
  expect(answer.body.spec.clusterIP).toEqual(V4);
  expect(await addressNames(api)).toEqual([]);
});
