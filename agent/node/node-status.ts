/** What a node tells about itself. */
import { readFileSync, statfsSync, existsSync, readdirSync } from "node:fs";
import { arch, availableParallelism, release } from "node:os";
import { formatTime } from "../../src/kinds/values/time.ts";
import type { Image } from "../cri/messages.ts";

const AGENT_VERSION = "v1.36.0-isopod.0.1.0";
const PODS_MAX = 110;
const IMAGES_MAX = 50;
const MEMORY_PRESSURE_BYTES = 100 * 1024 * 1024;
const DISK_PRESSURE_FRACTION = 0.05;

export interface NodeCondition { type: string; status: "True" | "False" | "Unknown"; reason: string; message: string; lastHeartbeatTime?: string; lastTransitionTime?: string }
export interface NodeStatus {
  capacity: Record<string, string>;
  allocatable: Record<string, string>;
  conditions: NodeCondition[];
  addresses: { type: string; address: string }[];
  nodeInfo: Record<string, string>;
  images: { names: string[]; sizeBytes: number }[];
  daemonEndpoints: { kubeletEndpoint: { Port: number } };
}

export const machineMemoryBytes = (): number => 1024 * Number(/^MemTotal:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1] ?? 0);
export const nodeArchitecture = (): string => ({ x64: "amd64", arm64: "arm64" })[arch() as "x64" | "arm64"] ?? arch();

export function nodeCapacity(dataDir: string): { capacity: Record<string, string>; allocatable: Record<string, string> } {
  const memoryKi = Math.floor(machineMemoryBytes() / 1024);
  const disk = statfsSync(dataDir);
  const diskBytes = disk.blocks * disk.bsize;
  const huge = hugepages();
  const cpu = String(availableParallelism());
  return {
    capacity: { cpu, memory: `${memoryKi}Ki`, "ephemeral-storage": `${Math.floor(diskBytes / 1024)}Ki`, pods: String(PODS_MAX), ...huge },
    allocatable: { cpu, memory: `${Math.max(memoryKi - 102_400, 0)}Ki`, "ephemeral-storage": String(Math.floor(diskBytes * 0.9)), pods: String(PODS_MAX), ...huge },
  };
}

function hugepages(): Record<string, string> {
  const dir = "/sys/kernel/mm/hugepages";
  if (!existsSync(dir)) return {};
  return Object.fromEntries(readdirSync(dir).map((name) => {
    const kilobytes = Number(/hugepages-(\d+)kB/.exec(name)?.[1] ?? 0);
    const count = Number(readFileSync(`${dir}/${name}/nr_hugepages`, "utf8"));
    const size = kilobytes >= 1_048_576 ? `${kilobytes / 1_048_576}Gi` : `${kilobytes / 1024}Mi`;
    return [`hugepages-${size}`, count === 0 ? "0" : `${count * kilobytes}Ki`];
  }));
}

export function nodeInfo(runtime: { name: string; version: string }): Record<string, string> {
  const read = (path: string): string => { try { return readFileSync(path, "utf8").trim(); } catch { return ""; } };
  const machineId = read("/etc/machine-id");
  return {
    machineID: machineId, systemUUID: read("/sys/class/dmi/id/product_uuid") || machineId, bootID: read("/proc/sys/kernel/random/boot_id"), kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(read("/etc/os-release"))?.[1] ?? "Linux", containerRuntimeVersion: `${runtime.name}://${runtime.version}`,
    kubeletVersion: AGENT_VERSION, kubeProxyVersion: "", operatingSystem: "linux", architecture: nodeArchitecture(),
  };
}

export function nodeConditions(dataDir: string, notReady: { runtime?: string; network?: string }): NodeCondition[] {
  const available = 1024 * Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1] ?? 0);
  const disk = statfsSync(dataDir);
  const problem = [notReady.runtime && `container runtime not ready: ${notReady.runtime}`, notReady.network && `container runtime network not ready: ${notReady.network}`].filter(Boolean).join(", ");
  const pressure = (type: string, bad: boolean, yes: [string, string], no: [string, string]): NodeCondition =>
    ({ type, status: bad ? "True" : "False", reason: (bad ? yes : no)[0], message: (bad ? yes : no)[1] });
  return [
    pressure("MemoryPressure", available < MEMORY_PRESSURE_BYTES, ["KubeletHasInsufficientMemory", "kubelet has insufficient memory available"], ["KubeletHasSufficientMemory", "kubelet has sufficient memory available"]),
    pressure("DiskPressure", disk.bavail < disk.blocks * DISK_PRESSURE_FRACTION, ["KubeletHasDiskPressure", "kubelet has disk pressure"], ["KubeletHasNoDiskPressure", "kubelet has no disk pressure"]),
    pressure("PIDPressure", false, ["KubeletHasInsufficientPID", "kubelet has insufficient PID available"], ["KubeletHasSufficientPID", "kubelet has sufficient PID available"]),
    problem ? { type: "Ready", status: "False", reason: "KubeletNotReady", message: problem } : { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" },
  ];
}

export function nodeImages(images: readonly Image[]): NodeStatus["images"] {
  return images.map((i) => ({ names: [...(i.repoDigests ?? []), ...(i.repoTags ?? [])].slice(0, 5), sizeBytes: i.size ?? 0 })).filter((i) => i.names.length > 0)
    .sort((a, b) => b.sizeBytes - a.sizeBytes).slice(0, IMAGES_MAX);
}

/** Keeps the transition times of conditions whose status stays; undefined when nothing changed that is worth a write. */
export function nextConditions(old: readonly NodeCondition[], wanted: readonly NodeCondition[], nowMs: number): NodeCondition[] | undefined {
  const now = formatTime(nowMs);
  const same = wanted.every((c) => old.some((o) => o.type === c.type && o.status === c.status && o.reason === c.reason && o.message === c.message));
  if (same) return undefined;
  return wanted.map((c) => {
    const before = old.find((o) => o.type === c.type);
    return { ...c, lastHeartbeatTime: now, lastTransitionTime: before?.status === c.status ? (before.lastTransitionTime ?? now) : now };
  });
}
