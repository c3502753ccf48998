import { expect, test } from "vitest";
import { aPod } from "../test-pod.ts";
import { podDns } from "./dns-config.ts";

const node = { clusterDns: ["10.96.0.10"], clusterDomain: "cluster.local", resolvConf: "nameserver 192.0.2.53\nsearch example.org\noptions edns0\n" };

test("cluster first: the cluster's server and searches, the node's searches after them", () => {
  expect(podDns(aPod(), node)).toEqual({ servers: ["10.96.0.10"], searches: ["default.svc.cluster.local", "svc.cluster.local", "cluster.local", "example.org"], options: ["ndots:5"] });
});

test("on the host's network cluster first means the node's own, unless said otherwise", () => {
  expect(podDns(aPod({ hostNetwork: true }), node).servers).toEqual(["192.0.2.53"]);
  expect(podDns(aPod({ hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" }), node).servers).toEqual(["10.96.0.10"]);
});

test("dnsConfig adds servers and searches and overrides options", () => {
  const dnsConfig = { nameservers: ["1.1.1.1"], searches: ["a.b"], options: [{ name: "ndots", value: "2" }, { name: "debug" }] };
  expect(podDns(aPod({ dnsPolicy: "None", dnsConfig }), node)).toEqual({ servers: ["1.1.1.1"], searches: ["a.b"], options: ["ndots:2", "debug"] });
  expect(podDns(aPod({ dnsConfig }), node).options).toEqual(["ndots:2", "debug"]);
});
