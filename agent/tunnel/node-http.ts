/** The node's own HTTP endpoint: health, pods, logs, and resource usage for metrics-server and `kubectl top`. */
import { readFileSync } from "node:fs";
import type { StreamOpen } from "../../protocol/tunnel.ts";
import type { Agent } from "../agent.ts";
import type { ContainerUsage } from "../runtime/runtime.ts";
import { serveContainerLogs, serveNodeLogs } from "./node-logs.ts";
import type { TunnelStream } from "./stream.ts";

interface Page { type: string; body: string }

const pages: Record<string, (agent: Agent) => Promise<Page>> = {
  "/healthz": async () => ({ type: "text/plain", body: "ok" }),
  "/pods": async (agent) => json({ kind: "PodList", apiVersion: "v1", metadata: {}, items: agent.pods.list().map((w) => w.state.pod) }),
  "/runningpods": async (agent) => json({ kind: "PodList", apiVersion: "v1", metadata: {}, items: agent.pods.list().filter((w) => w.state.running().length > 0).map((w) => w.state.pod) }),
  "/stats/summary": statsSummary,
  "/metrics/resource": resourceMetrics,
  "/metrics": resourceMetrics,
};

/** What is below a path. */
interface Asked { path: string; query: string; isHead: boolean }
const trees: Record<string, (agent: Agent, asked: Asked, stream: TunnelStream) => Promise<void>> = { logs: serveNodeLogs, containerLogs: serveContainerLogs };

export async function serveNodeHttp(agent: Agent, open: Extract<StreamOpen, { type: "node-http" }>, stream: TunnelStream): Promise<void> {
  const [whole = "", query = ""] = open.path.split("?", 2);
  const [root = "", ...rest] = whole.split("/").filter(Boolean);
  const page = pages[`/${[root, ...rest].join("/")}`];
  const tree = Object.hasOwn(trees, root) ? trees[root] : undefined;
  if (!page && !tree) { stream.refuse(404, "NotFound", "the node has no such endpoint"); return; }
  if (open.method !== "GET" && open.method !== "HEAD") { stream.refuse(405, "MethodNotAllowed", "only GET is served"); return; }
  if (tree) await tree(agent, { path: rest.join("/"), query, isHead: open.method === "HEAD" }, stream);
  else await sendPage(await page!(agent), open.method === "HEAD", stream);
}

async function sendPage({ type, body }: Page, isHead: boolean, stream: TunnelStream): Promise<void> {
  stream.head({ status: 200, headers: { "content-type": type } });
  if (!isHead) await stream.write(Buffer.from(body));
  stream.end();
  setTimeout(() => stream.close(), 1000).unref();
}

const json = (value: unknown): Page => ({ type: "application/json", body: JSON.stringify(value) });

interface NodeUsage { cpuCoreNanoSeconds: number; memoryWorkingSetBytes: number }

function nodeUsage(): NodeUsage {
  // USER_HZ is 100 on every Linux that Node runs on.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = readFileSync("/proc/stat", "utf8").split("\n")[0]!.trim().split(/\s+/).slice(1).map(Number);
  const memory = readFileSync("/proc/meminfo", "utf8");
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(memory)?.[1] ?? 0);
  return { cpuCoreNanoSeconds: (user + nice + system + irq + softirq) * 1e7, memoryWorkingSetBytes: (kilobytes("MemTotal") - kilobytes("MemAvailable")) * 1024 };
}

async function statsSummary(agent: Agent): Promise<Page> {
  const usage = await agent.env.runtime.containerStats();
  const time = new Date().toISOString();
  const node = nodeUsage();
  const shape = (u: Pick<ContainerUsage, "cpuCoreNanoSeconds" | "cpuNanoCores" | "memoryWorkingSetBytes">) => ({
    cpu: { time, usageNanoCores: u.cpuNanoCores, usageCoreNanoSeconds: u.cpuCoreNanoSeconds }, memory: { time, workingSetBytes: u.memoryWorkingSetBytes },
  });
  const pods = agent.pods.list().filter((w) => w.state.running().length > 0).map(({ state }) => {
    const own = usage.filter((u) => u.podUid === state.pod.metadata.uid);
    const sum = (field: "cpuCoreNanoSeconds" | "cpuNanoCores" | "memoryWorkingSetBytes"): number => own.reduce((total, u) => total + u[field], 0);
    const { name, namespace, uid } = state.pod.metadata;
    return {
      podRef: { name, namespace, uid }, startTime: state.pod.status?.startTime, containers: own.map((u) => ({ name: u.name, ...shape(u), rootfs: { time, usedBytes: u.filesystemBytes } })),
      ...shape({ cpuCoreNanoSeconds: sum("cpuCoreNanoSeconds"), cpuNanoCores: sum("cpuNanoCores"), memoryWorkingSetBytes: sum("memoryWorkingSetBytes") }),
    };
  });
  return json({ node: { nodeName: agent.env.node.name, ...shape({ ...node, cpuNanoCores: 0 }) }, pods });
}

async function resourceMetrics(agent: Agent): Promise<Page> {
  const usage = await agent.env.runtime.containerStats();
  const node = nodeUsage();
  const lines = [
    "# TYPE node_cpu_usage_seconds_total counter", `node_cpu_usage_seconds_total ${node.cpuCoreNanoSeconds / 1e9}`,
    "# TYPE node_memory_working_set_bytes gauge", `node_memory_working_set_bytes ${node.memoryWorkingSetBytes}`,
    "# TYPE container_cpu_usage_seconds_total counter", "# TYPE container_memory_working_set_bytes gauge",
  ];
  for (const u of usage) {
    const pod = agent.pods.get(u.podUid)?.state.pod.metadata;
    if (!pod) continue;
    const labels = `{container="${u.name}",namespace="${pod.namespace}",pod="${pod.name}"}`;
    lines.push(`container_cpu_usage_seconds_total${labels} ${u.cpuCoreNanoSeconds / 1e9} ${u.atMs}`, `container_memory_working_set_bytes${labels} ${u.memoryWorkingSetBytes} ${u.atMs}`);
  }
  return { type: "text/plain; version=0.0.4", body: `${lines.join("\n")}\n` };
}
