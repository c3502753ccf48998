import type { Change } from "../kinds/kind.ts";
import { node as nodeKind } from "../kinds/core/node/kind.ts";
import { pod as podKind } from "../kinds/core/pod/kind.ts";
import type { Reader } from "../kinds/transaction.ts";
import type { Node, Pod } from "../kinds/types/core-v1.generated.ts";
import type { HostPort, NodeInfo } from "./plugin.ts";
import { addAmounts, podDemand, resourceAmounts } from "./requests.ts";

/**
 * The scheduler's picture of nodes and what runs on them. It lives in the cluster object's memory and follows every
 * change, so that a decision need not read all pods; a rolled-back transaction can leave it wrong, so a decision is
 * verified against the store (`nodeInfo`) before it is written, and the picture is drawn anew when it was wrong.
 */
export class NodeState {
  readonly #nodes = new Map<string, MutableNodeInfo>();
  readonly #placements = new Map<string, { node: string; pod: Pod }>();

  /** When it was drawn, and when each node was last compared with the store: within one moment that need not be done again. */
  readonly drawnMs: number;
  readonly verifiedMs = new Map<string, number>();

  constructor(nowMs: number) { this.drawnMs = nowMs; }

  static draw(reader: Reader): NodeState {
    const state = new NodeState(reader.nowMs);
    for (const node of reader.list(nodeKind)) state.#setNode(node);
    for (const pod of reader.list(podKind)) if (occupies(pod)) state.#place(pod);
    return state;
  }

  get nodes(): readonly NodeInfo[] { return [...this.#nodes.values()].filter((info) => info.node !== undefined) as readonly NodeInfo[]; }

  noteNode(change: Change<Node>): void {
    if (change.type === "DELETED") {
      const info = this.#nodes.get(change.object.metadata.name!);
      if (info) info.node = undefined;
    } else this.#setNode(change.object);
  }

  notePod(change: Change<Pod>): void {
    this.#displace(podKey(change.object));
    if (change.type !== "DELETED" && occupies(change.object)) this.#place(change.object);
  }

  #setNode(node: Node): void {
    const info = this.#info(node.metadata.name!);
    info.node = node;
    info.allocatable = resourceAmounts(node.status?.allocatable);
  }

  #place(pod: Pod): void {
    this.#placements.set(podKey(pod), { node: pod.spec!.nodeName!, pod });
    add(this.#info(pod.spec!.nodeName!), pod, 1);
  }

  #displace(key: string): void {
    const placement = this.#placements.get(key);
    if (!placement) return;
    this.#placements.delete(key);
    add(this.#info(placement.node), placement.pod, -1);
  }

  #info(name: string): MutableNodeInfo {
    let info = this.#nodes.get(name);
    if (!info) this.#nodes.set(name, (info = emptyInfo()));
    return info;
  }
}

/** One node as the store has it now. */
export function nodeInfo(reader: Reader, name: string): NodeInfo | undefined {
  const node = reader.get(nodeKind, undefined, name);
  if (!node) return undefined;
  const info = { ...emptyInfo(), node, allocatable: resourceAmounts(node.status?.allocatable) };
  for (const pod of reader.list(podKind, { field: { path: "spec.nodeName", value: name } })) if (occupies(pod)) add(info, pod, 1);
  return info;
}

/** Placed and not over: it takes from its node. */
export function occupies(pod: Pod): boolean {
  return Boolean(pod.spec?.nodeName) && pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed";
}

interface MutableNodeInfo {
  node: Node | undefined;
  requested: Map<string, number>;
  allocatable: ReadonlyMap<string, number>;
  scored: Map<string, number>;
  hostPorts: HostPort[];
}

const emptyInfo = (): MutableNodeInfo => ({ node: undefined, requested: new Map(), allocatable: new Map(), scored: new Map(), hostPorts: [] });

function add(info: MutableNodeInfo, pod: Pod, sign: 1 | -1): void {
  const demand = podDemand(pod);
  addAmounts(info.requested, demand.requests, sign);
  addAmounts(info.scored, demand.scored, sign);
  if (sign === 1) info.hostPorts.push(...demand.hostPorts);
  else info.hostPorts = info.hostPorts.filter((port) => !demand.hostPorts.includes(port));
}

const podKey = (pod: Pod): string => `${pod.metadata.namespace}/${pod.metadata.name}`;
