import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Node, Pod, Service } from "../../src/kinds/types/core-v1.generated.ts";
import type { EndpointSlice } from "../../src/kinds/types/discovery-v1.generated.ts";
import { ApiEndpoint } from "./api-endpoint.ts";
import { writeCniConfig } from "./cni-config.ts";
import { DnsServer, systemNameServers } from "./dns/server.ts";
import { NodeRoutes, wantedRoutes } from "./node-routes.ts";
import type { HostPortMapping } from "./service-proxy/desired-rules.ts";
import { ServiceProxy } from "./service-proxy/proxy.ts";

const execute = promisify(execFile);

export interface NodeNetworkOptions {
  nodeName: string;
  dataDir: string;
  cniConfigDir: string;
  cluster: { domain: string; serviceCidr: string; podCidr: string; dnsIp: string; kubernetesIp: string };
  server: URL;
  serverCa?: string;
  certificatePem: string;
  keyPem: string;
  log(text: string): void;
}

/** What the node's network is made of; each part is replaced as a whole when it changes. */
export interface NetworkState {
  services: Iterable<Service>;
  slices: Iterable<EndpointSlice>;
  nodes: Iterable<Node>;
  /** This node's pods, for host ports. */
  pods: Iterable<Pod>;
}

const MTU = 1500;
/** Packets between pods of one bridge pass the rules for services too; pods' packets are routed; loopback ports may be translated. */
const SYSCTLS: Readonly<Record<string, string>> = {
  "net/ipv4/ip_forward": "1",
  "net/bridge/bridge-nf-call-iptables": "1",
  "net/ipv4/conf/all/route_localnet": "1",
};

/** Everything of the cluster's network that lives on this node: addresses of DNS and API, routes, services, and the runtime's configuration. */
export class NodeNetwork {
  readonly #options: NodeNetworkOptions;
  readonly #dns: DnsServer;
  readonly #api: ApiEndpoint;
  readonly #routes: NodeRoutes;
  #proxy: ServiceProxy | undefined;

  constructor(options: NodeNetworkOptions) {
    this.#options = options;
    this.#dns = new DnsServer(options.cluster.domain, systemNameServers());
    this.#api = new ApiEndpoint(options);
    this.#routes = new NodeRoutes(options.log);
    mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  }

  /** The parts that need no pod range: before the node is registered. */
  async start(): Promise<void> {
    const { dnsIp, kubernetesIp } = this.#options.cluster;
    for (const [name, value] of Object.entries(SYSCTLS)) this.#sysctl(name, value);
    for (const address of [dnsIp, kubernetesIp]) await execute("ip", ["addr", "replace", `${address}/32`, "dev", "lo"]);
    await this.#dns.listen(dnsIp);
    await this.#api.listen(kubernetesIp, 443);
  }

  /** As soon as the node has its range. */
  configurePods(nodePodCidr: string): void {
    const { cniConfigDir, dataDir, cluster, nodeName, log } = this.#options;
    writeCniConfig({ configDir: cniConfigDir, stateDir: join(dataDir, "addresses"), podCidr: nodePodCidr, mtu: MTU });
    this.#proxy ??= new ServiceProxy({
      nodeName, dataDir, log,
      table: { podCidr: cluster.podCidr, nodePodCidr, serviceCidr: cluster.serviceCidr },
      ownAddresses: new Set([cluster.dnsIp, cluster.kubernetesIp]),
    });
  }

  async update({ services, slices, nodes, pods }: NetworkState): Promise<void> {
    this.#dns.update(services, slices);
    await this.#routes.sync(wantedRoutes(nodes, this.#options.nodeName));
    await this.#proxy?.sync(services, slices, hostPorts(pods));
  }

  setCertificate(certificatePem: string, keyPem: string): void { this.#api.setCertificate(certificatePem, keyPem); }

  /** Servers only: services go on working while the agent is away. `remove` takes rules and addresses away too. */
  async stop({ remove = false } = {}): Promise<void> {
    await Promise.all([this.#dns.close(), this.#api.close()]);
    if (!remove) return;
    await this.#proxy?.stop();
    await this.#routes.sync([]);
    for (const address of [this.#options.cluster.dnsIp, this.#options.cluster.kubernetesIp]) await execute("ip", ["addr", "del", `${address}/32`, "dev", "lo"]).catch(() => {});
  }

  #sysctl(name: string, value: string): void {
    try {
      writeFileSync(join("/proc/sys", name), value);
    } catch (error) {
      this.#options.log(`${name} could not be set to ${value}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function hostPorts(pods: Iterable<Pod>): HostPortMapping[] {
  return [...pods].filter((pod) => pod.status?.podIP && !pod.spec?.hostNetwork && pod.status.phase === "Running").flatMap((pod) =>
    [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === "Always")].flatMap((container) =>
      (container.ports ?? []).filter((port) => port.hostPort).map((port) => ({
        address: port.hostIP ?? "", protocol: port.protocol ?? "TCP", port: port.hostPort!, podAddress: pod.status!.podIP!, containerPort: port.containerPort,
      }))));
}
