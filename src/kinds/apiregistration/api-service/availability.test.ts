import { expect, test } from "vitest";
import { NodeCluster } from "../../../../test/contract/node-cluster.ts";
import type { OutboundAnswer, OutboundCall } from "../../../lib/outbound.ts";
import { availabilityController } from "./availability.ts";
import { example } from "./example.ts";

const PATH = "/apis/apiregistration.k8s.io/v1/apiservices";
const SERVICES = "/api/v1/namespaces/default/services";
const SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
const aService = (port = 443) => ({ apiVersion: "v1", kind: "Service", metadata: { name: "api" }, spec: { ports: [{ name: "https", port }] } });
const aSlice = (ready = true) => ({
  apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata: { name: "api-1", labels: { "kubernetes.io/service-name": "api" } }, addressType: "IPv4",
  ports: [{ name: "https", port: 8443 }], endpoints: [{ addresses: ["10.1.0.1"], conditions: { ready } }],
});

class World {
  readonly calls: OutboundCall[] = [];
  answer: OutboundAnswer = { status: 200, body: "{}" };
  readonly cluster = new NodeCluster({ controllers: [availabilityController], outbound: async (call) => { this.calls.push(call); return this.answer; } });

  async send(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await this.cluster.send(method, path, body);
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    await this.cluster.rest();
    return answer.body;
  }

  async condition(): Promise<any> {
    await this.cluster.rest();
    return (await this.cluster.send("GET", `${PATH}/v1.example.com`)).body.status.conditions?.find((c: any) => c.type === "Available");
  }

  async pass(ms: number): Promise<void> {
    this.cluster.clock.nowMs += ms;
    await this.cluster.core.alarm();
    await this.cluster.rest();
  }
  [Symbol.dispose](): void { this.cluster[Symbol.dispose](); }
}

test("what is missing of a service is told step by step, and found out without asking it", async () => {
  using world = new World();
  await world.send("POST", PATH, example());
  expect(await world.condition()).toMatchObject({ status: "False", reason: "ServiceNotFound", message: 'service/api in "default" is not present' });
  await world.send("POST", SERVICES, aService(80));
  expect(await world.condition()).toMatchObject({ status: "False", reason: "ServicePortError", message: 'service/api in "default" is not listening on port 443' });
  await world.send("PATCH", `${SERVICES}/api`, { spec: { ports: [{ name: "https", port: 443 }] } });
  expect(await world.condition()).toMatchObject({ status: "False", reason: "EndpointsNotFound", message: 'cannot find endpointslices for service/api in "default"' });
  await world.send("POST", SLICES, aSlice(false));
  expect(await world.condition()).toMatchObject({ status: "False", reason: "MissingEndpoints", message: 'endpointslices for service/api in "default" have no addresses with port name "https"' });
  expect(world.calls).toEqual([]);
  await world.send("PUT", `${SLICES}/api-1`, aSlice());
  expect(await world.condition()).toMatchObject({ status: "True", reason: "Passed", message: "all checks passed" });
  expect(world.calls).toEqual([expect.objectContaining({
    method: "GET", asFrontProxy: true, endpoint: { service: { namespace: "default", name: "api", port: 443, path: "/apis/example.com/v1" }, insecureSkipTLSVerify: true },
    headers: expect.objectContaining({ "X-Remote-User": "system:kube-aggregator", "X-Remote-Group": "system:masters" }),
  })]);
  await world.send("DELETE", `${SERVICES}/api`);
  expect(await world.condition()).toMatchObject({ status: "False", reason: "ServiceNotFound" });
});

async function aBrokenOne(): Promise<World> {
  const world = new World();
  world.answer = { error: "dial tcp 10.1.0.1:8443: connect: connection refused" };
  for (const [path, body] of [[SERVICES, aService()], [SLICES, aSlice()], [PATH, example()]] as const) await world.send("POST", path, body);
  return world;
}

test("one that does not answer is asked again, ever more seldom, until it does; then never", async () => {
  using world = await aBrokenOne();
  const url = "https://api.default.svc:443/apis/example.com/v1";
  expect(await world.condition()).toMatchObject({ status: "False", reason: "FailedDiscoveryCheck", message: `failing or missing response from ${url}: Get "${url}": dial tcp 10.1.0.1:8443: connect: connection refused` });
  const since = (await world.condition()).lastTransitionTime;
  for (let second = 0; second < 3_600; second += 5) await world.pass(5_000);
  expect(world.calls.length).toBeGreaterThan(10);
  expect(world.calls.length).toBeLessThan(30);
  world.answer = { status: 503, body: "" };
  await world.pass(300_000);
  expect(await world.condition()).toMatchObject({ message: `failing or missing response from ${url}: bad status from ${url}: 503`, lastTransitionTime: since });
  world.answer = { status: 200, body: "" };
  await world.pass(300_000);
  expect(await world.condition()).toMatchObject({ status: "True", reason: "Passed" });
  const asked = world.calls.length;
  await world.pass(3_600_000);
  expect(world.calls).toHaveLength(asked);
  expect(world.cluster.core.queue.size).toBe(0);
});

test("one that becomes the cluster's own again is available as such, and other conditions stay", async () => {
  using world = await aBrokenOne();
  const { body } = await world.cluster.send("GET", `${PATH}/v1.example.com`);
  await world.send("PUT", `${PATH}/v1.example.com/status`, { ...body, status: { conditions: [...body.status.conditions, { type: "Noticed", status: "True" }] } });
  await world.send("PATCH", `${PATH}/v1.example.com`, { spec: { service: null } });
  expect(await world.condition()).toMatchObject({ status: "True", reason: "Local" });
  expect((await world.cluster.send("GET", `${PATH}/v1.example.com`)).body.status.conditions).toHaveLength(2);
});
