/** Parts die or lose each other; pods go on. Containers are recognized by their ids, so a silent restart is a failure. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { planLocalNetwork } from "../../cli/local-network.ts";
import { recordFigure } from "./support/figures.ts";
import { startTestInstallation, type TestInstallation } from "./support/installation.ts";
import { eventually, hasContainers, IMAGE } from "./support/shared.ts";

interface Pod {
  metadata: { name: string; uid: string };
  status: { phase: string; conditions: { type: string; status: string }[]; containerStatuses: { containerID: string; restartCount: number; ready: boolean; state: { terminated?: { exitCode: number } } }[] };
}

let installation: TestInstallation;
const kubectl = (line: string, input?: string) => installation.kubectl(line.split(" "), input);
const pods = async (selector: string): Promise<Pod[]> => JSON.parse(await kubectl(`get pods -l ${selector} --sort-by=.metadata.name -o json`)).items;
const identities = (list: Pod[]) => list.map(({ metadata, status }) => ({ uid: metadata.uid, containers: status.containerStatuses.map(({ containerID, restartCount }) => ({ containerID, restartCount })) }));
const isReady = async (node: string): Promise<string> => kubectl(`get node ${node} -o jsonpath={.status.conditions[?(@.type=="Ready")].status}`);

const pod = (name: string, node: string, script: string) => ({
  apiVersion: "v1", kind: "Pod", metadata: { name, labels: { on: node, kind: script.includes("exit") ? "brief" : "lasting" } },
  spec: { nodeName: node, restartPolicy: script.includes("exit") ? "Never" : "Always", terminationGracePeriodSeconds: 1, containers: [{ name: "c", image: IMAGE, command: ["sh", "-c", script] }] },
});
const apply = (...items: object[]) => kubectl("apply -f -", JSON.stringify({ apiVersion: "v1", kind: "List", items }));

/** The process itself, not the wrapper that entered the node's namespaces for it. */
function processOf(node: string, program: "containerd" | "node"): number {
  const place = join(installation.dataDir, "nodes", node);
  const found = readdirSync("/proc").find((pid) => {
    try {
      const [command, ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return basename(command!) === program && args.some((arg) => arg.startsWith(place)) && !args.includes("--address");
    } catch {
      return false;
    }
  });
  if (!found) throw new Error(`no ${program} of ${node}`);
  return Number(found);
}

describe.skipIf(!hasContainers)("when parts die", () => {
  beforeAll(async () => {
    if (!hasContainers) return;
    installation = await startTestInstallation({ nodes: 2 });
    const lasting = ["node-0", "node-1"].flatMap((node) => [1, 2].map((n) => pod(`${node}-${n}`, node, "sleep 100000")));
    await apply(...lasting);
    await kubectl("wait pod --all --for=condition=Ready --timeout=60s");
  });
  afterAll(async () => { if (hasContainers) await installation.stop(); });

  test("kill -9 of workerd with pods running: it recovers by itself, the pods do not notice", async () => {
    const before = identities(await pods("kind=lasting"));
    const watch = installation.tryKubectl(["get", "pods", "-w", "--request-timeout=30s"]);
    await sleep(300);
    const begunMs = Date.now();
    process.kill(installation.controlPlane.pid()!, "SIGKILL");
    await eventually(() => kubectl("get --raw /readyz"));
    recordFigure("kill -9 of workerd to the next answer", Date.now() - begunMs, "ms");
    await watch;
    await apply(pod("after-workerd", "node-0", "sleep 100000"));
    await kubectl("wait pod/after-workerd --for=condition=Ready --timeout=20s");
    recordFigure("kill -9 of workerd to a new pod Ready", Date.now() - begunMs, "ms");
    expect(await kubectl("exec after-workerd -- echo through")).toBe("through\n");
    await kubectl("delete pod after-workerd --now");
    expect(identities(await pods("kind=lasting"))).toEqual(before);
    expect([await isReady("node-0"), await isReady("node-1")]).toEqual(["True", "True"]);
  });

  describe.concurrent("or lose each other", () => {
    test("kill -9 of agent and containerd: containers keep running, ends that nobody saw are told, work goes on", async () => {
      const before = identities(await pods("on=node-0,kind=lasting"));
      for (const program of ["node", "containerd"] as const) {
        const name = `${program}-brief`;
        await apply(pod(name, "node-0", "sleep 1.5; exit 3"));
        await kubectl(`wait pod/${name} --for=jsonpath={.status.phase}=Running --timeout=20s`);
        process.kill(processOf("node-0", program), "SIGKILL");
        await eventually(async () => {
          const [brief] = (await pods("kind=brief")).filter(({ metadata }) => metadata.name === name);
          expect(brief!.status).toMatchObject({ phase: "Failed", containerStatuses: [{ restartCount: 0, state: { terminated: { exitCode: 3 } } }] });
        });
        await apply(pod(`after-${program}`, "node-0", "sleep 100000"));
        await kubectl(`wait pod/after-${program} --for=condition=Ready --timeout=30s`);
        expect(await kubectl(`exec after-${program} -- echo through`)).toBe("through\n");
        await kubectl(`delete pod after-${program} --now`);
        expect(identities(await pods("on=node-0,kind=lasting"))).toEqual(before);
      }
      for (const { status } of await pods("on=node-0,kind=lasting")) expect(status).toMatchObject({ phase: "Running", containerStatuses: [{ ready: true }] });
      expect(await isReady("node-0")).toBe("True");
    });

    test("a cut connection turns the node NotReady and taints it; when it is back nothing was restarted", async () => {
      const before = identities(await pods("on=node-1,kind=lasting"));
      const { nodes } = planLocalNetwork(installation.dataDir, 2);
      const inNode = (...args: string[]) => execFileSync("nsenter", [`--net=/run/netns/${nodes[1]!.namespace}`, "nft", ...args]);
      inNode("add", "table", "inet", "cut");
      for (const [chain, way] of [["in", "iifname"], ["out", "oifname"]] as const) {
        inNode("add", "chain", "inet", "cut", chain, `{ type filter hook ${chain}put priority -300; }`);
        inNode("add", "rule", "inet", "cut", chain, way, "eth0", "drop");
      }
      await eventually(async () => expect(await isReady("node-1")).toBe("Unknown"), 90_000);
      expect(await kubectl("get node node-1 -o jsonpath={.spec.taints[*].key}")).toContain("node.kubernetes.io/unreachable");
      expect((await pods("on=node-1,kind=lasting")).map(({ status }) => status.conditions.find(({ type }) => type === "Ready")!.status)).toEqual(["False", "False"]);
      await sleep(10_000);
      inNode("delete", "table", "inet", "cut");
      const begunMs = Date.now();
      await eventually(async () => expect(await isReady("node-1")).toBe("True"), 60_000);
      recordFigure("connection back to the node Ready", (Date.now() - begunMs) / 1000, "s");
      await eventually(async () => {
        const now = await pods("on=node-1,kind=lasting");
        expect(identities(now)).toEqual(before);
        for (const { status } of now) expect(status.conditions).toContainEqual(expect.objectContaining({ type: "Ready", status: "True" }));
        expect(await kubectl("get node node-1 -o jsonpath={.spec.taints}")).toBe("");
      });
      await eventually(async () => expect(await kubectl("exec node-1-1 -- echo through")).toBe("through\n"), 5_000);
    });
  });
});
