/** Command line of the agent. */
import { hostname } from "node:os";
import { networkInterfaces } from "node:os";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

export interface AgentOptions {
  server: string;
  token: string | undefined;
  /** PEM of the authority that signs the server's certificate; undefined: the system's. */
  ca: string | undefined;
  insecure: boolean;
  dataDir: string;
  nodeName: string | undefined;
  nodeIps: string[];
  runtimeEndpoint: string;
  /** Parent of the pods' cgroups, such as /isopod. */
  cgroupParent: string;
  cniConfigDir: string;
  labels: Record<string, string>;
  /** So many nodes without containers, for scale tests; 0 is a real node. */
  hollow: number;
  /** End the containers with the agent. By default they go on. */
  stopPods: boolean;
  help: boolean;
}

export const USAGE = `node agent.mjs --server URL --token TOKEN [options]
  --server URL              control plane, with the cluster's path
  --token TOKEN             join token; not needed once joined
  --ca FILE                 authority of the server's certificate
  --insecure-skip-tls-verify
  --data-dir DIR            default /var/lib/isopod
  --node-name NAME          default: the host's name
  --node-ip IP[,IP]         default: the address of the first interface
  --runtime-endpoint URL    default unix:///run/containerd/containerd.sock
  --cgroup NAME             parent of the pods' cgroups, default isopod
  --cni-config-dir DIR      default /etc/cni/net.d
  --node-labels K=V[,K=V]
  --hollow N                N nodes without containers, for scale tests
  --stop-pods               end the containers when the agent ends`;

/** Throws with a readable message on what is missing or not known. */
export function parseOptions(args: string[]): AgentOptions {
  const { values } = parseArgs({ args, options: {
    server: { type: "string" }, token: { type: "string" }, ca: { type: "string" }, "insecure-skip-tls-verify": { type: "boolean" }, "data-dir": { type: "string" },
    "node-name": { type: "string" }, "node-ip": { type: "string" }, "runtime-endpoint": { type: "string" }, cgroup: { type: "string" }, "cni-config-dir": { type: "string" },
    "node-labels": { type: "string" }, hollow: { type: "string" }, "stop-pods": { type: "boolean" }, help: { type: "boolean", short: "h" },
  } });
  if (!values.server && !values.help) throw new Error("--server is required");
  return {
    server: (values.server ?? "").replace(/\/$/, ""), token: values.token, ca: values.ca ? readFileSync(values.ca, "utf8") : undefined, insecure: values["insecure-skip-tls-verify"] ?? false,
    dataDir: values["data-dir"] ?? "/var/lib/isopod", nodeName: values["node-name"], nodeIps: values["node-ip"]?.split(",").filter(Boolean) ?? defaultIps(),
    runtimeEndpoint: values["runtime-endpoint"] ?? "unix:///run/containerd/containerd.sock", cgroupParent: `/${(values.cgroup ?? "isopod").replace(/^\/+/, "")}`,
    cniConfigDir: values["cni-config-dir"] ?? "/etc/cni/net.d",
    labels: Object.fromEntries((values["node-labels"] ?? "").split(",").filter(Boolean).map((pair) => [pair.split("=")[0]!, pair.split("=")[1] ?? ""])),
    hollow: Number(values.hollow ?? 0), stopPods: values["stop-pods"] ?? false, help: values.help ?? false,
  };
}

export const defaultNodeName = (): string => hostname().toLowerCase();

function defaultIps(): string[] {
  const addresses = Object.values(networkInterfaces()).flat().filter((a) => a !== undefined && !a.internal && !a.address.startsWith("fe80"));
  const first = addresses.find((a) => a!.family === "IPv4") ?? addresses[0];
  return first ? [first.address] : ["127.0.0.1"];
}
