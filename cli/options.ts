import { parseArgs } from "node:util";
import { resolve } from "node:path";

export interface StartOptions {
  dataDir: string;
  port: number;
  nodes: number;
  cluster?: ClusterChoices;
}

/** What only a cluster that is being made is told. */
export interface ClusterChoices { serviceClusterIpRange?: string; serviceNodePortRange?: string }

export const START_HELP = `Starts a control plane on this machine, and nodes that run real containers.

  npm start -- [options]

  --data-dir DIR   where everything is kept (default .isopod)
  --port N         HTTPS port on 127.0.0.1 (default 6443)
  --nodes N        how many nodes, each in a network namespace of its own with its own containerd (default 1, at most 16)
  --no-agent       the control plane alone
  --service-cluster-ip-range A[,B]
                   addresses of Services when the cluster is first made: an IPv4 range, or that and an IPv6 one
                   (default 10.96.0.0/16)
  --service-node-port-range LOW-HIGH
                   ports of Services on nodes, likewise (default 30000-32767)
  --help           this text

Ctrl-C stops everything; the next start on the same data directory finds the same cluster again.
`;

/** Throws an Error whose message is for the user. */
export function parseStartOptions(args: readonly string[]): StartOptions | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      "data-dir": { type: "string", default: ".isopod" },
      port: { type: "string", default: "6443" },
      nodes: { type: "string", default: "1" },
      "service-cluster-ip-range": { type: "string" },
      "service-node-port-range": { type: "string" },
      "no-agent": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  return {
    dataDir: resolve(values["data-dir"]),
    port: wholeNumber("--port", values.port, 1, 65535),
    cluster: {
      ...(values["service-cluster-ip-range"] !== undefined && { serviceClusterIpRange: values["service-cluster-ip-range"] }),
      ...(values["service-node-port-range"] !== undefined && { serviceNodePortRange: values["service-node-port-range"] }),
    },
    nodes: values["no-agent"] ? 0 : wholeNumber("--nodes", values.nodes, 0, 16),
  };
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) throw new Error(`${option} takes a whole number from ${min} to ${max}, not "${text}"`);
  return value;
}
