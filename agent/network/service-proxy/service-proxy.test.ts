import { describe, expect, test } from "vitest";
import type { Service } from "../../../src/kinds/types/core-v1.generated.ts";
import type { EndpointSlice } from "../../../src/kinds/types/discovery-v1.generated.ts";
import { desiredRules } from "./desired-rules.ts";
import { deltaScript, emptyRules, fullScript } from "./nft-script.ts";

const facts = { podCidr: "10.244.0.0/16", nodePodCidr: "10.244.0.0/24", serviceCidr: "10.96.0.0/16" };

function aService(name: string, spec: Record<string, unknown>): Service {
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace: "default" }, spec: { clusterIP: "10.96.0.7", ports: [{ port: 80, protocol: "TCP" }], ...spec } } as Service;
}

function aSlice(service: string, addresses: readonly string[], conditions: Record<string, boolean> = { ready: true }, nodeName = "n1"): EndpointSlice {
  return {
    apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", addressType: "IPv4",
    metadata: { name: `${service}-x`, namespace: "default", labels: { "kubernetes.io/service-name": service } },
    ports: [{ name: "", port: 8080, protocol: "TCP" }],
    endpoints: addresses.map((address) => ({ addresses: [address], conditions, nodeName })),
  } as EndpointSlice;
}

describe("what the table should contain", () => {
  test("a service spreads over its endpoints by index", () => {
    const rules = desiredRules([aService("web", {})], [aSlice("web", ["10.244.0.3", "10.244.0.2"])], "n1");
    expect([...rules.elements.services]).toEqual([["10.96.0.7 . tcp . 80", "goto lb-2"]]);
    expect([...rules.elements.endpoints]).toEqual([["10.96.0.7 . tcp . 80 . 0", "10.244.0.2 . 8080"], ["10.96.0.7 . tcp . 80 . 1", "10.244.0.3 . 8080"]]);
  });

  test("a service without endpoints refuses, one without local endpoints drops what must stay local", () => {
    expect([...desiredRules([aService("web", {})], [], "n1").elements.refused.keys()]).toEqual(["10.96.0.7 . tcp . 80"]);
    const local = desiredRules([aService("web", { internalTrafficPolicy: "Local" })], [aSlice("web", ["10.244.1.2"], { ready: true }, "n2")], "n1");
    expect([...local.elements.dropped.keys()]).toEqual(["10.96.0.7 . tcp . 80"]);
  });

  test("endpoints that only serve while terminating count when nothing else is left", () => {
    const dying = aSlice("web", ["10.244.0.9"], { ready: false, serving: true, terminating: true });
    expect(desiredRules([aService("web", {})], [dying], "n1").elements.endpoints.size).toBe(1);
    expect(desiredRules([aService("web", {})], [dying, aSlice("web", ["10.244.0.2"])], "n1").elements.endpoints.size).toBe(1);
  });

  test("headless, external-name and self-answered services have no rules", () => {
    const services = [aService("a", { clusterIP: "None" }), aService("b", { type: "ExternalName", clusterIP: undefined }), aService("dns", { clusterIP: "10.96.0.10" })];
    expect(desiredRules(services, [], "n1", new Set(["10.96.0.10"]))).toEqual(emptyRules());
  });

  test("of a service with addresses of both families the IPv4 ones have rules", () => {
    const web = aService("web", { clusterIP: "fd00::7", clusterIPs: ["fd00::7", "10.96.0.7"], externalIPs: ["2001:db8::1", "192.0.2.1"] });
    const rules = desiredRules([web, aService("six", { clusterIP: "fd00::8", clusterIPs: ["fd00::8"] })], [aSlice("web", ["10.244.0.2"])], "n1");
    expect([...rules.elements.services.keys()]).toEqual(["10.96.0.7 . tcp . 80", "192.0.2.1 . tcp . 80"]);
  });

  test("a node port masquerades unless its traffic stays local", () => {
    const cluster = desiredRules([aService("web", { type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] })], [aSlice("web", ["10.244.0.2"])], "n1");
    expect([...cluster.elements["node-ports"]]).toEqual([["tcp . 30080", "goto np-lb-1"]]);
    expect(cluster.chains.get("np-lb-1")![0]).toBe("ct mark set 0x4000");
    const local = desiredRules([aService("web", { type: "NodePort", externalTrafficPolicy: "Local", ports: [{ port: 80, nodePort: 30080 }] })], [aSlice("web", ["10.244.0.2"])], "n1");
    expect(local.chains.get("np-lb-1-local")![0]).toBe("meta mark set 0");
  });

  test("with affinity an endpoint keeps its id when others come", () => {
    const ids = (...addresses: string[]) => {
      const { elements } = desiredRules([aService("web", { sessionAffinity: "ClientIP" })], [aSlice("web", addresses)], "n1");
      return new Map([...elements.endpoints].map(([key, value]) => [value, key]));
    };
    expect(ids("10.244.0.1", "10.244.0.2").get("10.244.0.2 . 8080")).toBe(ids("10.244.0.2").get("10.244.0.2 . 8080"));
  });
});

describe("updates", () => {
  const one = desiredRules([aService("web", {})], [aSlice("web", ["10.244.0.2"])], "n1");
  const two = desiredRules([aService("web", {})], [aSlice("web", ["10.244.0.2", "10.244.0.3"])], "n1");

  test("nothing is written when nothing changed", () => expect(deltaScript(one, one)).toBe(""));

  test("another endpoint changes elements and no fixed rule", () => {
    const script = deltaScript(one, two);
    expect(script).toContain("add element ip isopod endpoints { 10.96.0.7 . tcp . 80 . 1 : 10.244.0.3 . 8080 }");
    expect(script).not.toContain("delete table");
    expect(script).toMatch(/delete chain ip isopod lb-1\n$/);
  });

  test("the whole table is made of the same lines as an update from nothing", () => {
    expect(fullScript(two, facts)).toContain(deltaScript(emptyRules(), two));
  });
});
