import { expect, test } from "vitest";
import type { KubeObject } from "../../object.ts";
import type { Service } from "../../types/core-v1.generated.ts";
import { cidrContains, parseCidr, parseIp } from "../../values/ip.ts";
import { ApiError } from "../../../lib/errors.ts";
import { Seeded } from "../../../../test/harness/seeded.ts";
import { TestCluster } from "../../../../test/harness/test-cluster.ts";
import { heldNodePorts } from "./node-ports.ts";

// Random lives of services and ranges: whatever is created, changed, refused and deleted, in whatever order controllers
// run, nothing is given to two, nothing is kept that nobody has, and everything lies in a range.

const STEPS = 250;
const NAMES = ["a", "b", "c", "d", "e", "f", "g", "h"];
const RANGES: Readonly<Record<string, string[]>> = { more: ["10.200.0.0/28"], over: ["10.200.0.0/24", "fd00:200::/120"], six: ["fd00:200::/122"] };
const POLICIES = [undefined, "SingleStack", "PreferDualStack", "RequireDualStack"];
const TYPES = ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "Headless"];
const NETWORKING = "networking.k8s.io/v1";

test.each([1, 2, 3, 4, 5, 6])("addresses and node ports are nobody's or one service's (seed %i)", async (seed) => {
  await using cluster = new TestCluster({ seed, nodes: 0, serviceCidrs: ["10.96.0.0/27", "fd00:10:96::/123"], nodePortRange: [30_000, 30_019] });
  const random = new Seeded(seed * 7919);
  let refused = 0;
  for (let step = 0; step < STEPS; step++) {
    try {
      live(cluster, random);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status.code! >= 500 && !error.message.includes("is full")) throw error;
      refused++;
    }
    if (random.next() < 0.3) cluster.settle();
    checkNothingTwice(cluster);
  }
  cluster.settle();
  checkNothingTwice(cluster);
  checkIpAddresses(cluster);
  checkRanges(cluster);
  expect(refused).toBeGreaterThan(STEPS / 50);
  expect(refused).toBeLessThan(STEPS * 0.7);
});

const pick = <T>(random: Seeded, values: readonly T[]): T => values[Math.floor(random.next() * values.length)]!;

function live(cluster: TestCluster, random: Seeded): void {
  const name = pick(random, NAMES);
  const found = cluster.get<Service>({ apiVersion: "v1", kind: "Service", metadata: { name, namespace: "default" } } as Service);
  const what = random.next();
  if (what < 0.15) return liveRange(cluster, random);
  if (what < 0.2 && found) return forget(cluster, found);
  if (!found) return void cluster.create(arbitraryService(random, name));
  if (what < 0.5) return cluster.delete(found);
  cluster.update(found, (draft) => { draft.spec = what < 0.8 ? arbitraryService(random, name).spec : { ...draft.spec, ...arbitraryChange(random) }; });
}

function arbitraryService(random: Seeded, name: string): Service {
  const type = pick(random, TYPES);
  const asks = random.next() < 0.3;
  const ports = Array.from({ length: 1 + Math.floor(random.next() * 3) }, (_, i) => ({ name: `p${i}`, port: 80 + Math.floor(random.next() * 2), protocol: pick(random, ["TCP", "UDP"]), ...(random.next() < 0.2 && { nodePort: 30_000 + Math.floor(random.next() * 6) }) }));
  const spec: Service["spec"] = type === "ExternalName" ? { type, externalName: "example.com" }
    : { type: type === "Headless" ? "ClusterIP" : type, ports, selector: { app: "x" }, ipFamilyPolicy: pick(random, POLICIES), ...(type === "Headless" ? { clusterIP: "None" } : asks && { clusterIP: arbitraryIp(random) }), ...(type === "LoadBalancer" && random.next() < 0.5 && { externalTrafficPolicy: "Local" }) };
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace: "default" }, spec };
}

const arbitraryIp = (random: Seeded): string => `${pick(random, ["10.96.0.", "10.200.0.", "fd00:10:96::", "fd00:200::"])}${1 + Math.floor(random.next() * 18)}`;

const arbitraryChange = (random: Seeded): object => pick(random, [
  { ipFamilyPolicy: "SingleStack" }, { ipFamilyPolicy: "PreferDualStack" }, { type: "NodePort" }, { type: "ClusterIP" }, { type: "LoadBalancer", externalTrafficPolicy: "Local" },
]);

function liveRange(cluster: TestCluster, random: Seeded): void {
  const name = pick(random, Object.keys(RANGES));
  const range = { apiVersion: NETWORKING, kind: "ServiceCIDR", metadata: { name }, spec: { cidrs: RANGES[name]! } };
  if (cluster.get(range)) cluster.delete(range);
  else cluster.create(range);
}

/** Somebody deletes the IPAddress of a living service, or leaves one that nobody has. */
function forget(cluster: TestCluster, { spec }: Service): void {
  const ip = spec?.clusterIPs?.find((text) => text !== "None");
  const address = { apiVersion: NETWORKING, kind: "IPAddress", metadata: { name: ip ?? "10.96.0.30", labels: { "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io" } }, spec: { parentRef: { resource: "services", namespace: "default", name: "gone" } } };
  if (ip) cluster.delete(address);
  else if (!cluster.get(address)) cluster.create(address);
}

const services = (cluster: TestCluster): Service[] => cluster.list<Service>("v1", "Service");
const heldBy = (cluster: TestCluster): string[] => services(cluster).flatMap(({ spec }) => (spec?.clusterIPs ?? []).filter((ip) => ip !== "None"));

function checkNothingTwice(cluster: TestCluster): void {
  const ips = heldBy(cluster);
  expect(ips).toEqual([...new Set(ips)]);
  const ports = services(cluster).flatMap((service) => [...new Set(heldNodePorts(service))]);
  expect(ports).toEqual([...new Set(ports)]);
  for (const port of ports) { expect(port).toBeGreaterThanOrEqual(30_000); expect(port).toBeLessThanOrEqual(30_019); }
}

/** One IPAddress for each address that a service has, and no other. */
function checkIpAddresses(cluster: TestCluster): void {
  const wanted = services(cluster).flatMap(({ metadata, spec }) => (spec?.clusterIPs ?? []).filter((ip) => ip !== "None").map((ip) => `${ip} ${metadata.namespace}/${metadata.name}`));
  const found = cluster.list(NETWORKING, "IPAddress").map(({ metadata, spec }) => { const { namespace, name } = (spec as { parentRef: { namespace: string; name: string } }).parentRef; return `${metadata.name} ${namespace}/${name}`; });
  expect(found.sort()).toEqual(wanted.sort());
}

function checkRanges(cluster: TestCluster): void {
  const blocks = cluster.list(NETWORKING, "ServiceCIDR").flatMap(({ spec }) => (spec as { cidrs: string[] }).cidrs.map((cidr) => parseCidr(cidr)!));
  expect(heldBy(cluster).filter((ip) => !blocks.some((block) => cidrContains(block, parseIp(ip)!)))).toEqual([]);
  for (const range of cluster.list<KubeObject>(NETWORKING, "ServiceCIDR")) expect(range.metadata.finalizers).toEqual(["networking.k8s.io/service-cidr-finalizer"]);
}
