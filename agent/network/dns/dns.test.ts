import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import packet from "dns-packet";
import fc from "fast-check";
import type { Service } from "../../../src/kinds/types/core-v1.generated.ts";
import type { EndpointSlice } from "../../../src/kinds/types/discovery-v1.generated.ts";
import { answer } from "./answer.ts";
import { DnsServer } from "./server.ts";
import { Zone } from "./zone.ts";

const DOMAIN = "cluster.local";
const web = { apiVersion: "v1", kind: "Service", metadata: { name: "web", namespace: "default" }, spec: { clusterIP: "10.96.0.7", ports: [{ name: "http", port: 80, protocol: "TCP" }] } } as Service;
const db = { apiVersion: "v1", kind: "Service", metadata: { name: "db", namespace: "default" }, spec: { clusterIP: "None", ports: [{ name: "sql", port: 5432, protocol: "TCP" }] } } as Service;
const elsewhere = { apiVersion: "v1", kind: "Service", metadata: { name: "ext", namespace: "default" }, spec: { type: "ExternalName", externalName: "web.default.svc.cluster.local" } } as Service;
const dbSlice = {
  apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", addressType: "IPv4", metadata: { name: "db-1", namespace: "default", labels: { "kubernetes.io/service-name": "db" } },
  ports: [{ name: "sql", port: 5432, protocol: "TCP" }],
  endpoints: [{ addresses: ["10.244.0.5"], hostname: "db-0", conditions: { ready: true } }, { addresses: ["10.244.0.6"], conditions: { ready: true } }, { addresses: ["10.244.0.7"], conditions: { ready: false } }],
} as EndpointSlice;

const zone = new Zone(DOMAIN, [web, db, elsewhere], [dbSlice]);
const answerer = { zone: () => zone, forward: async () => undefined };

async function ask(name: string, type: packet.RecordType = "A"): Promise<packet.DecodedPacket> {
  const reply = await answer(packet.encode({ type: "query", id: 7, questions: [{ name, type }] }), answerer, true);
  return packet.decode(reply!);
}
/** The response code: the last four bits of the flags. */
const code = (reply: packet.DecodedPacket) => (reply.flags ?? 0) & 0xf;
const data = (reply: packet.DecodedPacket) => (reply.answers ?? []).map((record) => ("data" in record ? record.data : undefined));

describe("names of the cluster", () => {
  test("a service has its cluster address", async () => expect(data(await ask("web.default.svc.cluster.local"))).toEqual(["10.96.0.7"]));
  test("of both families' addresses the IPv4 one is told: nodes' networks are IPv4", async () => {
    const both = { ...web, spec: { ...web.spec, clusterIP: "fd00::7", clusterIPs: ["fd00::7", "10.96.0.8"] } } as Service;
    expect(new Zone(DOMAIN, [both], []).resolve("web.default.svc.cluster.local")).toMatchObject([{ type: "A", address: "10.96.0.8" }, { type: "SRV" }]);
  });
  test("case does not matter", async () => expect(data(await ask("WEB.Default.svc.cluster.local"))).toEqual(["10.96.0.7"]));
  test("a headless service has the addresses of its ready endpoints", async () => expect(data(await ask("db.default.svc.cluster.local")).sort()).toEqual(["10.244.0.5", "10.244.0.6"]));
  test("endpoints have names below it", async () => {
    expect(data(await ask("db-0.db.default.svc.cluster.local"))).toEqual(["10.244.0.5"]);
    expect(data(await ask("10-244-0-6.db.default.svc.cluster.local"))).toEqual(["10.244.0.6"]);
  });
  test("ports have SRV records", async () => {
    expect(data(await ask("_http._tcp.web.default.svc.cluster.local", "SRV"))).toMatchObject([{ port: 80, target: "web.default.svc.cluster.local" }]);
    const reply = await ask("_sql._tcp.db.default.svc.cluster.local", "SRV");
    expect(data(reply)).toMatchObject([{ target: "db-0.db.default.svc.cluster.local" }, { target: "10-244-0-6.db.default.svc.cluster.local" }]);
    expect(reply.additionals?.map((record) => record.name)).toContain("db-0.db.default.svc.cluster.local");
  });
  test("pods are found by their address, addresses by PTR", async () => {
    expect(data(await ask("10-244-0-5.default.pod.cluster.local"))).toEqual(["10.244.0.5"]);
    expect(data(await ask("7.0.96.10.in-addr.arpa", "PTR"))).toEqual(["web.default.svc.cluster.local"]);
  });
  test("an external name is an alias, followed where it leads into the cluster", async () => expect(data(await ask("ext.default.svc.cluster.local"))).toEqual(["web.default.svc.cluster.local", "10.96.0.7"]));
});

describe("what is not there", () => {
  test("an unknown name does not exist, a known one without such a record is empty", async () => {
    expect(code(await ask("nope.default.svc.cluster.local"))).toBe(3);
    const empty = await ask("web.default.svc.cluster.local", "AAAA");
    expect([code(empty), empty.answers?.length, empty.authorities?.length]).toEqual([0, 0, 1]);
  });
  test("other names are forwarded, and fail clearly when nobody answers", async () => expect(code(await ask("example.com"))).toBe(2));
  test("garbage is refused or ignored, never thrown at", async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => { await answer(Buffer.from(bytes), answerer, true); }), { numRuns: 300 });
  });
});

describe("the server", () => {
  const server = new DnsServer(DOMAIN, []);
  beforeAll(async () => {
    const many = { ...db, metadata: { name: "many", namespace: "default" } } as Service;
    const slice = { ...dbSlice, metadata: { ...dbSlice.metadata, labels: { "kubernetes.io/service-name": "many" } }, endpoints: Array.from({ length: 200 }, (_, i) => ({ addresses: [`10.244.1.${i}`], conditions: { ready: true } })) } as EndpointSlice;
    server.update([web, many], [slice]);
    await server.listen("127.0.0.1", 0);
  });
  afterAll(() => server.close());

  test("answers by UDP, truncating what does not fit, and by TCP in full", async () => {
    const query = packet.encode({ type: "query", id: 9, questions: [{ name: "many.default.svc.cluster.local", type: "A" }] });
    const socket = createSocket("udp4");
    const short = await new Promise<packet.DecodedPacket>((resolve) => { socket.once("message", (m) => resolve(packet.decode(m))); socket.send(query, server.port, "127.0.0.1"); });
    socket.close();
    expect([short.flag_tc, short.answers?.length]).toEqual([true, 0]);

    const tcp = connect(server.port, "127.0.0.1");
    const framed = Buffer.alloc(2 + query.length);
    framed.writeUInt16BE(query.length);
    query.copy(framed, 2);
    tcp.write(framed);
    let received = Buffer.alloc(0);
    await new Promise<void>((resolve) => tcp.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 2 + received.readUInt16BE(0)) resolve();
    }));
    tcp.destroy();
    expect(packet.decode(received.subarray(2)).answers?.length).toBe(200);
  });
});
