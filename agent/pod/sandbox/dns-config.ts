/** resolv.conf of a pod from dnsPolicy and dnsConfig. */
import type { DNSConfig } from "../../cri/messages.ts";
import type { NodeFacts } from "../environment.ts";
import type { Pod } from "../types.ts";

interface Resolver { servers: string[]; searches: string[]; options: string[] }

export function podDns(pod: Pod, node: Pick<NodeFacts, "clusterDns" | "clusterDomain" | "resolvConf">): DNSConfig {
  const base = policyResolver(pod, node);
  const own = pod.spec.dnsConfig ?? {};
  const options = new Map(base.options.map((o) => [o.split(":")[0]!, o]));
  for (const { name = "", value } of own.options ?? []) options.set(name, value ? `${name}:${value}` : name);
  return {
    servers: [...new Set([...base.servers, ...(own.nameservers ?? [])])], searches: [...new Set([...base.searches, ...(own.searches ?? [])])], options: [...options.values()],
  };
}

function policyResolver(pod: Pod, node: Pick<NodeFacts, "clusterDns" | "clusterDomain" | "resolvConf">): Resolver {
  const policy = pod.spec.dnsPolicy ?? "ClusterFirst";
  const host = parseResolvConf(node.resolvConf);
  if (policy === "None") return { servers: [], searches: [], options: [] };
  const useCluster = policy === "ClusterFirstWithHostNet" || (policy === "ClusterFirst" && !pod.spec.hostNetwork);
  if (!useCluster || node.clusterDns.length === 0) return host;
  const domain = node.clusterDomain;
  return { servers: node.clusterDns, searches: [`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain, ...host.searches], options: ["ndots:5"] };
}

function parseResolvConf(text: string): Resolver {
  const words = text.split("\n").map((line) => line.replace(/[#;].*$/, "").trim().split(/\s+/));
  return {
    servers: words.filter((w) => w[0] === "nameserver" && w[1]).map((w) => w[1]!),
    searches: words.findLast((w) => w[0] === "search" || w[0] === "domain")?.slice(1).filter((s) => s !== ".") ?? [],
    options: words.filter((w) => w[0] === "options").flatMap((w) => w.slice(1)),
  };
}
