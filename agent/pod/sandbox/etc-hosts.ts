/** The pod's /etc/hosts, bind-mounted into its containers. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Pod } from "../types.ts";
import { podDomain, podHostname } from "./sandbox-config.ts";

export function writeEtcHosts(path: string, pod: Pod, ips: readonly string[], clusterDomain: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, pod.spec.hostNetwork ? hostFile(pod) : podFile(pod, ips, clusterDomain), { mode: 0o644 });
}

function podFile(pod: Pod, ips: readonly string[], clusterDomain: string): string {
  const host = podHostname({ ...pod, spec: { ...pod.spec, setHostnameAsFQDN: false } }, clusterDomain);
  const domain = podDomain(pod, clusterDomain);
  const names = domain ? `${host}.${domain}\t${host}` : host;
  return ["# Kubernetes-managed hosts file.", "127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback", "fe00::0\tip6-localnet",
    "fe00::0\tip6-mcastprefix", "fe00::1\tip6-allnodes", "fe00::2\tip6-allrouters", ...ips.map((ip) => `${ip}\t${names}`), ...aliases(pod)].join("\n") + "\n";
}

function hostFile(pod: Pod): string {
  let own = "127.0.0.1\tlocalhost\n";
  try { own = readFileSync("/etc/hosts", "utf8"); } catch { /* a node may have none */ }
  return `# Kubernetes-managed hosts file (host network).\n${own}${own.endsWith("\n") ? "" : "\n"}${aliases(pod).join("\n")}${pod.spec.hostAliases?.length ? "\n" : ""}`;
}

function aliases(pod: Pod): string[] {
  const list = pod.spec.hostAliases ?? [];
  return list.length === 0 ? [] : ["", "# Entries added by HostAliases.", ...list.map((a) => `${a.ip}\t${(a.hostnames ?? []).join("\t")}`)];
}
