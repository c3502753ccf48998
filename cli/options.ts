import { parseArgs } from "node:util";
import { resolve } from "node:path";

export interface StartOptions {
  dataDir: string;
  port: number;
  nodes: number;
  cluster?: ClusterChoices;
  audit?: AuditOptions;
}

/** Which requests to the cluster are recorded, and where. Paths are absolute; a log's may be "-". */
export interface AuditOptions { policyFile?: string; logPath?: string; webhookConfigFile?: string }

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
  --audit-policy-file FILE
                   which requests are recorded: a Policy of audit.k8s.io/v1; with it at least one of
  --audit-log-path FILE
                   where audit events are appended, one a line; - is standard output
  --audit-webhook-config-file FILE
                   a kubeconfig that names the server to which they are sent
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
      "audit-policy-file": { type: "string" },
      "audit-log-path": { type: "string" },
      "audit-webhook-config-file": { type: "string" },
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
    audit: auditOptions(values),
    nodes: values["no-agent"] ? 0 : wholeNumber("--nodes", values.nodes, 0, 16),
  };
}

function auditOptions(values: { "audit-policy-file"?: string; "audit-log-path"?: string; "audit-webhook-config-file"?: string }): AuditOptions {
  const { "audit-policy-file": policyFile, "audit-log-path": logPath, "audit-webhook-config-file": webhookConfigFile } = values;
  const hasBackend = logPath !== undefined || webhookConfigFile !== undefined;
  if (hasBackend && policyFile === undefined) throw new Error("--audit-log-path and --audit-webhook-config-file need an --audit-policy-file");
  if (policyFile !== undefined && !hasBackend) throw new Error("--audit-policy-file needs an --audit-log-path or an --audit-webhook-config-file");
  return {
    ...(policyFile !== undefined && { policyFile: resolve(policyFile) }),
    ...(logPath !== undefined && { logPath: logPath === "-" ? logPath : resolve(logPath) }),
    ...(webhookConfigFile !== undefined && { webhookConfigFile: resolve(webhookConfigFile) }),
  };
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) throw new Error(`${option} takes a whole number from ${min} to ${max}, not "${text}"`);
  return value;
}
