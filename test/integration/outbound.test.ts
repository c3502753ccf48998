import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import type { Environment } from "../../src/api/environment.ts";
import type { OutboundCall } from "../../src/lib/outbound.ts";
import { createOutbound, type TransportHost } from "../../src/api/outbound/transport.ts";
import { TunnelStream } from "../../src/api/streams/tunnel-client.ts";
import { agentTunnel } from "../harness/agent-tunnel.ts";
import { testCluster } from "../harness/test-cluster.ts";
import { tlsServer, type TlsServer } from "../harness/tls-server.ts";

/** What leaves goes over a real socket, dialled by the agent's own code. */
const NAME = "hook.tools.svc";

function outboundTo({ port }: { port: number }, given: Partial<TransportHost> = {}) {
  const env = { TUNNEL: { getByName: () => agentTunnel() } } as unknown as Environment;
  return createOutbound({
    routesTo: () => [{ node: "n1", host: "127.0.0.1", port }],
    open: (node, open) => TunnelStream.open(env, "c", { node, open }),
    frontProxyCertificate: () => { throw new Error("the aggregator does not call webhooks"); },
    fetch: async () => { throw new Error("the public network is not to be used"); },
    ...given,
  });
}

const call = (endpoint: OutboundCall["endpoint"], more: Partial<OutboundCall> = {}): OutboundCall =>
  ({ endpoint, method: "POST", body: `{"a":"ä"}`, headers: { "content-type": "application/json" }, timeoutMs: 5_000, ...more });

const inService = ({ caBundle }: Pick<TlsServer, "caBundle">): OutboundCall["endpoint"] => ({ service: { namespace: "tools", name: "hook", port: 443, path: "/check" }, caBundle });

async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  response.end(JSON.stringify({ method: request.method, url: request.url, host: request.headers.host, type: request.headers["content-type"], body }));
}

describe("a service", () => {
  test("is called over verified TLS, under its name in the cluster", async () => {
    await using server = await tlsServer((...ends) => void echo(...ends), { dnsNames: [NAME] });
    const answer = await outboundTo(server)(call(inService(server), { query: "timeout=5s" }));
    expect(answer).toEqual({ status: 200, body: JSON.stringify({ method: "POST", url: "/check?timeout=5s", host: NAME, type: "application/json", body: `{"a":"ä"}` }) });
  });

  test("is trusted by its own certificate as well", async () => {
    await using server = await tlsServer((...ends) => void echo(...ends), { dnsNames: [NAME] });
    expect(await outboundTo(server)(call(inService({ caBundle: server.certificate })))).toMatchObject({ status: 200 });
  });

  test("with another authority's certificate, or for another name, is not talked to", async () => {
    let calls = 0;
    await using server = await tlsServer((_, response) => { calls++; response.end(); }, { dnsNames: ["other.tools.svc"] });
    await using other = await tlsServer(() => undefined);
    expect(await outboundTo(server)(call(inService(other)))).toEqual({ error: "tls: failed to verify certificate: x509: certificate signed by unknown authority" });
    expect(await outboundTo(server)(call(inService(server)))).toEqual({ error: expect.stringContaining("tls: failed to verify certificate: x509: ") });
    expect(await outboundTo(server)(call({ service: { namespace: "tools", name: "hook", port: 443 } }))).toEqual({ error: expect.stringContaining("unknown authority") });
    expect(calls).toBe(0);
  });

  test("that does not listen, that is late, and that says too much", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as AddressInfo;
    closed.close();
    expect(await outboundTo({ port })(call(inService({ caBundle: "" })))).toEqual({ error: `dial tcp 127.0.0.1:${port}: connect: connection refused` });

    await using server = await tlsServer((request, response) => { if (request.url === "/check") response.write("x".repeat(5_000)); }, { dnsNames: [NAME] });
    expect(await outboundTo(server)(call(inService(server), { timeoutMs: 200 }))).toEqual({ error: "context deadline exceeded", timedOut: true });
    expect(await outboundTo(server)(call(inService(server), { bytesMax: 4_000 }))).toEqual({ error: "the answer is longer than 4000 bytes" });
  });

  test("is tried at another endpoint when one cannot be reached", async () => {
    await using server = await tlsServer((...ends) => void echo(...ends), { dnsNames: [NAME] });
    const routesTo = () => [{ node: "n1", host: "127.0.0.1", port: 1 }, { node: "n2", host: "127.0.0.1", port: server.port }];
    expect(await outboundTo(server, { routesTo })(call(inService(server)))).toMatchObject({ status: 200 });
  });
});

describe("a URL", () => {
  const fetched: string[] = [];
  const fetch: TransportHost["fetch"] = async (url, init) => { fetched.push(url); return new Response(`${init.method} ${init.redirect}`, { status: 201 }); };

  test("of the public network is fetched, and redirects are not followed", async () => {
    expect(await outboundTo({ port: 1 }, { fetch })(call({ url: "https://hooks.example.org/a" }, { query: "timeout=1s" }))).toEqual({ status: 201, body: "POST manual" });
    expect(fetched).toEqual(["https://hooks.example.org/a?timeout=1s"]);
  });

  test("with a CA of its own, or of a private network, is dialled from a node", async () => {
    await using server = await tlsServer((...ends) => void echo(...ends), { ips: ["127.0.0.1"], dnsNames: ["hooks.example.org"] });
    const { caBundle, port } = server;
    expect(await outboundTo(server)(call({ url: `https://127.0.0.1:${port}/x`, caBundle }))).toMatchObject({ status: 200, body: expect.stringContaining(`"host":"127.0.0.1:${port}"`) });
    expect(await outboundTo(server)(call({ url: "https://hooks.example.org/x", caBundle }))).toMatchObject({ status: 200 });
    for (const host of ["127.0.0.1", "10.1.2.3", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "localhost", "cluster", "x.default.svc", "2130706433", "0x7f.1"]) {
      expect(await outboundTo(server)(call({ url: `https://${host}/` })), host).toEqual({ error: expect.stringContaining("tls: failed to verify") });
    }
  });

  test("has its path cleaned as Go's path.Join does", async () => {
    await using server = await tlsServer((...ends) => void echo(...ends), { ips: ["127.0.0.1"] });
    const asked = async (path: string) => JSON.parse((await outboundTo(server)(call({ url: `https://127.0.0.1:${server.port}${path}`, caBundle: server.caBundle }, { query: "timeout=1s" })) as { body: string }).body).url;
    expect([await asked("//mutate"), await asked("/a/"), await asked("")]).toEqual(["/mutate?timeout=1s", "/a?timeout=1s", "/?timeout=1s"]);
  });

  test("that is not https is refused", async () => {
    expect(await outboundTo({ port: 1 }, { fetch })(call({ url: "http://hooks.example.org/" }))).toEqual({ error: `"http://hooks.example.org/" is not an https URL` });
  });
});

describe("ways to a service", () => {
  const slice = (endpoints: object[]) => ({
    apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata: { name: "web-1", namespace: "default", labels: { "kubernetes.io/service-name": "web" } },
    addressType: "IPv4", ports: [{ name: "https", port: 8443 }], endpoints,
  });
  const aService = (spec: object) => ({ apiVersion: "v1", kind: "Service", metadata: { name: "web", namespace: "default" }, spec });
  const web = { service: { namespace: "default", name: "web", port: 443 } };

  test("are its ready endpoints, by the name of the port, connected nodes first", async () => {
    await using cluster = await testCluster({ nodes: 1 });
    expect(() => cluster.core.routesTo(web)).toThrow(`service "web" not found`);
    cluster.create(aService({ ports: [{ name: "https", port: 443 }] }) as never);
    expect(() => cluster.core.routesTo({ service: { ...web.service, port: 80 } })).toThrow(`no service port 80 found for service "web"`);
    expect(() => cluster.core.routesTo(web)).toThrow(`no endpoints available for service "web"`);
    const at = (address: string, nodeName: string, ready = true) => ({ addresses: [address], nodeName, conditions: { ready } });
    cluster.create(slice([at("10.1.0.1", "gone"), at("10.1.0.2", "node-1"), at("10.1.0.3", "node-1", false)]) as never);
    expect(cluster.core.routesTo(web)).toEqual([{ node: "node-1", host: "10.1.0.2", port: 8443 }, { node: "gone", host: "10.1.0.1", port: 8443 }]);
  });

  test("of an external name, or of an address, are all connected nodes", async () => {
    await using cluster = await testCluster({ nodes: 1 });
    cluster.create(aService({ type: "ExternalName", externalName: "api.example.org" }) as never);
    expect(cluster.core.routesTo(web)).toEqual([{ node: "node-1", host: "api.example.org", port: 443 }]);
    cluster.disconnect("node-1");
    expect(() => cluster.core.routesTo({ host: "10.0.0.1", port: 443 })).toThrow("no node is connected that could reach 10.0.0.1");
  });
});
