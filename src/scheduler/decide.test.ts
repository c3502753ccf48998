import { describe, expect, test } from "vitest";
import type { Reader } from "../kinds/transaction.ts";
import type { Node, Pod } from "../kinds/types/core-v1.generated.ts";
import { decide } from "./decide.ts";
import type { NodeInfo } from "./plugin.ts";
import { schedulerPlugins } from "./plugins/index.ts";
import { podDemand, resourceAmounts } from "./requests.ts";

const reader = {} as Reader;
const pick = (pod: Pod, ...nodes: NodeInfo[]) => decide(pod, nodes, schedulerPlugins, reader, () => 0);

function aPod(spec: Partial<NonNullable<Pod["spec"]>> = {}, requests: Record<string, string> = {}): Pod {
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "p", namespace: "default" }, spec: { containers: [{ name: "c", image: "i", resources: { requests } }], ...spec } } as Pod;
}

function aNode(name: string, options: { spec?: Node["spec"]; labels?: Record<string, string>; cpu?: string; runs?: Pod[] } = {}): NodeInfo {
  const requested = new Map<string, number>();
  const scored = new Map<string, number>();
  for (const pod of options.runs ?? []) {
    for (const [r, n] of podDemand(pod).requests) requested.set(r, (requested.get(r) ?? 0) + n);
    for (const [r, n] of podDemand(pod).scored) scored.set(r, (scored.get(r) ?? 0) + n);
  }
  return {
    node: { apiVersion: "v1", kind: "Node", metadata: { name, labels: { "kubernetes.io/hostname": name, ...options.labels } }, spec: options.spec } as Node,
    requested, scored,
    allocatable: resourceAmounts({ cpu: options.cpu ?? "2", memory: "4Gi", pods: "3" }),
    hostPorts: (options.runs ?? []).flatMap((pod) => podDemand(pod).hostPorts),
  };
}

describe("a pod goes where it fits", () => {
  test("the emptier of two nodes is taken", () => {
    expect(pick(aPod({}, { cpu: "100m" }), aNode("a", { runs: [aPod({}, { cpu: "1" })] }), aNode("b"))).toEqual({ node: "b" });
  });

  test("pods without requests spread too", () => {
    expect(pick(aPod(), aNode("a", { runs: [aPod()] }), aNode("b"))).toEqual({ node: "b" });
  });

  test("init containers and sidecars count as the most demanding moment, overhead comes on top", () => {
    const pod = aPod({
      initContainers: [{ name: "side", restartPolicy: "Always", resources: { requests: { cpu: "200m" } } }, { name: "init", resources: { requests: { cpu: "1" } } }],
      overhead: { cpu: "50m" },
    } as never, { cpu: "300m" });
    expect(podDemand(pod).requests.get("cpu")).toBe(1250);
  });

  test("tolerated taints do not refuse, preferred ones only discourage", () => {
    const tainted = aNode("a", { spec: { taints: [{ key: "k", value: "v", effect: "NoSchedule" }] } });
    expect(pick(aPod({ tolerations: [{ key: "k", operator: "Exists" }] }), tainted)).toEqual({ node: "a" });
    expect(pick(aPod(), aNode("a", { spec: { taints: [{ key: "k", effect: "PreferNoSchedule" }] } }), aNode("b", { runs: [aPod({}, { cpu: "1" })] }))).toEqual({ node: "b" });
  });

  test("preferred node affinity wins over an emptier node", () => {
    const preferred = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: { matchExpressions: [{ key: "disk", operator: "In", values: ["ssd"] }] } }] } };
    expect(pick(aPod({ affinity: preferred }), aNode("a", { labels: { disk: "ssd" }, runs: [aPod()] }), aNode("b"))).toEqual({ node: "a" });
  });
});

describe("a pod that fits nowhere is told why, in upstream's words", () => {
  const cases: readonly (readonly [string, Pod, NodeInfo[], string])[] = [
    ["no nodes", aPod(), [], "no nodes available to schedule pods"],
    ["too little cpu", aPod({}, { cpu: "3" }), [aNode("a"), aNode("b")], "0/2 nodes are available: 2 Insufficient cpu."],
    ["too many pods", aPod(), [aNode("a", { runs: [aPod(), aPod(), aPod()] })], "0/1 nodes are available: 1 Too many pods."],
    ["cordoned", aPod(), [aNode("a", { spec: { unschedulable: true } })], "0/1 nodes are available: 1 node(s) were unschedulable."],
    ["tainted", aPod(), [aNode("a", { spec: { taints: [{ key: "k", effect: "NoSchedule" }] } }), aNode("b", { cpu: "0" })].slice(0, 1), "0/1 nodes are available: 1 node(s) had untolerated taint(s)."],
    ["selector", aPod({ nodeSelector: { disk: "ssd" } }), [aNode("a")], "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."],
    ["host port", aPod({ containers: [{ name: "c", ports: [{ containerPort: 80, hostPort: 80 }] }] } as never), [aNode("a", { runs: [aPod({ containers: [{ name: "c", ports: [{ containerPort: 1, hostPort: 80 }] }] } as never)] })], "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports."],
    ["extended resources", aPod({}, { "example.com/gpu": "1" }), [aNode("a")], "0/1 nodes are available: 1 Insufficient example.com/gpu."],
  ];
  test.each(cases)("%s", (_, pod, nodes, text) => {
    expect(pick(pod, ...nodes)).toEqual({ unschedulable: text });
  });
});
