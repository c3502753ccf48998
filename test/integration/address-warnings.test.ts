import { expect, test } from "vitest";
import type { KubeObject } from "../../src/kinds/object.ts";
import { testApi } from "../harness/test-api.ts";

const ADDRESS = "2001:DB8:0:0::5";
const BLOCK = "2001:db8:0:0::/64";
const of = (apiVersion: string, kind: string, rest: object, metadata: object = {}) => ({ apiVersion, kind, metadata: { name: "x", ...metadata }, ...rest }) as KubeObject;
const service = (spec: object) => of("v1", "Service", { spec: { ports: [{ port: 80 }], ...spec } });
const endpoints = (metadata: object = {}) => of("v1", "Endpoints", { subsets: [{ addresses: [{ ip: "10.1.1.1" }], notReadyAddresses: [{ ip: ADDRESS }], ports: [{ port: 80 }] }] }, metadata);
const pod = (spec: object) => of("v1", "Pod", { spec: { containers: [{ name: "c", image: "i" }], ...spec } });

test.each<[KubeObject, string[]]>([
  [service({ type: "LoadBalancer", loadBalancerIP: ADDRESS, loadBalancerSourceRanges: ["10.0.0.0/8", BLOCK] }), ["spec.loadBalancerIP", "spec.loadBalancerSourceRanges[1]"]],
  [service({ externalIPs: ["10.1.1.1", ADDRESS] }), ["spec.externalIPs[1]"]],
  [endpoints(), ["subsets[0].notReadyAddresses[0].ip"]],
  [endpoints({ labels: { "endpoints.kubernetes.io/managed-by": "endpoint-controller" } }), []],
  [pod({ hostAliases: [{ ip: ADDRESS, hostnames: ["h"] }], dnsPolicy: "None", dnsConfig: { nameservers: [ADDRESS] } }), ["spec.hostAliases[0].ip", "spec.dnsConfig.nameservers[0]"]],
  [of("v1", "Node", { spec: { podCIDRs: [BLOCK] } }), ["spec.podCIDRs[0]"]],
  [of("networking.k8s.io/v1", "NetworkPolicy", { spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: BLOCK, except: ["2001:db8:0:0:0::/80"] } }] }], egress: [{ to: [{ ipBlock: { cidr: "::/0" } }] }] } }),
    ["spec.ingress[0].from[0].ipBlock.cidr", "spec.ingress[0].from[0].ipBlock.except[0]"]],
])("IPv6 that is written otherwise than it should be is accepted with a warning: %#", async (obj, fields) => {
  await using api = await testApi();
  await api.create(of("v1", "ServiceAccount", {}, { name: "default" }));
  const { status, warnings } = await api.send("POST", api.path(obj), { body: obj });
  expect(status).toBe(201);
  const about = warnings.filter((text) => text.includes("RFC 5952"));
  expect(about.map((text) => text.slice(0, text.indexOf(": ")))).toEqual(fields);
  for (const text of about) expect(text).toMatch(/: IPv6 (address "2001:DB8:0:0::5" should be in RFC 5952 canonical format \("2001:db8::5"\)|CIDR value "2001:db8:0:0(:0)?::\/\d+" should be in RFC 5952 canonical format \("2001:db8::\/\d+"\))$/);
});
