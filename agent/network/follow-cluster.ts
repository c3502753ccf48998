import { join } from "node:path";
import type { Node, Pod, Service } from "../../src/kinds/types/core-v1.generated.ts";
import type { EndpointSlice } from "../../src/kinds/types/discovery-v1.generated.ts";
import { Collection } from "../api/collection.ts";
import type { ApiSocket } from "../api/socket.ts";
import type { Identity } from "../node/identity.ts";
import type { AgentOptions } from "../node/options.ts";
import { NodeNetwork } from "./node-network.ts";

export interface ClusterNetworkParts {
  api: ApiSocket;
  identity: Identity;
  options: AgentOptions;
  /** This node's pods, as the server knows them. */
  pods(): Iterable<Pod>;
  log(message: string): void;
  /** The runtime can make pods' networks from now on. */
  onConfigured(): void;
  /** The server's newest view of this very node. */
  onOwnNode(node: Node): void;
}

/** Changes that come together make one update. */
const SETTLE_MS = 30;

/** Keeps the node's network as the cluster wants it: follows services, endpoints and nodes. */
export class ClusterNetwork {
  readonly services: Collection<Service>;
  readonly #parts: ClusterNetworkParts;
  readonly #slices: Collection<EndpointSlice>;
  readonly #nodes: Collection<Node>;
  readonly #network: NodeNetwork;
  #timer: NodeJS.Timeout | undefined;
  #updating = false;
  #again = false;

  constructor(parts: ClusterNetworkParts) {
    this.#parts = parts;
    const { api, identity, options, log } = parts;
    this.#network = new NodeNetwork({
      nodeName: identity.nodeName,
      dataDir: join(options.dataDir, "network"),
      cniConfigDir: options.cniConfigDir,
      cluster: identity.cluster,
      server: new URL(options.server),
      serverCa: options.ca,
      certificatePem: identity.servingCertificate,
      keyPem: identity.privateKeyPem,
      log,
    });
    const onChange = () => this.changed();
    this.services = new Collection(api, { path: "/api/v1/services", log, onChange });
    this.#slices = new Collection(api, { path: "/apis/discovery.k8s.io/v1/endpointslices", log, onChange });
    this.#nodes = new Collection(api, { path: "/api/v1/nodes", log, onChange: (change) => {
      if (change.type === "set" && change.object.metadata.name === identity.nodeName) parts.onOwnNode(change.object);
      if (this.#concerns(change)) this.changed();
    } });
  }

  start(): Promise<void> { return this.#network.start(); }

  /** Something about services, nodes or this node's pods is different now. */
  changed(): void { this.#timer ??= setTimeout(() => void this.#update(), SETTLE_MS); }

  /** Rules and addresses stay, so that services go on working while the agent is away. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    for (const collection of [this.services, this.#slices, this.#nodes]) collection.stop();
    await this.#network.stop();
  }

  #concerns(change: { type: "set"; object: Node; old: Node | undefined } | { type: "delete"; object: Node }): boolean {
    if (change.type === "delete") return true;
    const relevant = (node: Node | undefined) => JSON.stringify([node?.spec?.podCIDR, node?.status?.addresses]);
    return relevant(change.object) !== relevant(change.old);
  }

  async #update(): Promise<void> {
    this.#timer = undefined;
    if (this.#updating) {
      this.#again = true;
      return;
    }
    this.#updating = true;
    try {
      const own = this.#nodes.get(undefined, this.#parts.identity.nodeName)?.spec?.podCIDR;
      if (own) {
        this.#network.configurePods(own);
        this.#parts.onConfigured();
      }
      // Half a picture would refuse connections that the other half allows.
      if (own && this.services.synced && this.#slices.synced) {
        await this.#network.update({ services: this.services.list(), slices: this.#slices.list(), nodes: this.#nodes.list(), pods: this.#parts.pods() });
      }
    } catch (error) {
      this.#parts.log(`network: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.#updating = false;
      if (this.#again) {
        this.#again = false;
        this.changed();
      }
    }
  }
}
