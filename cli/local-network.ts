import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./process.ts";

/**
 * The network between this machine and its local nodes: a bridge, and for each node a network namespace with a veth to
 * it. Names and the subnet come from the data directory, so that several installations stand side by side, and so that
 * what a killed launcher left behind is found and removed by the next start.
 */
export interface LocalNetwork {
  /** Four hex digits; part of every name that this installation makes on the machine. */
  id: string;
  bridge: string;
  hostAddress: string;
  nodes: readonly LocalNodeNetwork[];
}

export interface LocalNodeNetwork {
  name: string; // "node-0"
  namespace: string;
  address: string;
}

const PREFIX_LENGTH = 24;
const SUBNETS = 512;
const subnetOf = (number: number): string => `198.${18 + (number >> 8)}.${number & 255}`;

/** Subnets that other installations use now. */
export function takenSubnets(dataDir: string): Set<string> {
  const { bridge } = planLocalNetwork(dataDir, 0);
  const addresses = run("ip", ["-o", "-4", "addr", "show"], { allowFailure: true }).split("\n").filter((line) => !line.includes(` ${bridge} `));
  return new Set(addresses.flatMap((line) => / inet (\d+\.\d+\.\d+)\./.exec(line)?.[1] ?? []));
}

/**
 * Names and addresses only; nothing is made. The subnet is of 198.18.0.0/15, which no real network uses (RFC 2544): the
 * data directory's own one of 512, or the next that no other installation has taken.
 */
export function planLocalNetwork(dataDir: string, nodes: number, taken: ReadonlySet<string> = new Set()): LocalNetwork {
  const digest = createHash("sha256").update(dataDir).digest();
  const id = digest.toString("hex").slice(0, 4);
  let number = digest.readUInt16BE(2) % SUBNETS;
  for (let tries = 1; taken.has(subnetOf(number)) && tries < SUBNETS; tries++) number = (number + 1) % SUBNETS;
  const subnet = subnetOf(number);
  return {
    id,
    bridge: `isopod${id}`,
    hostAddress: `${subnet}.1`,
    nodes: Array.from({ length: nodes }, (_, i) => ({ name: `node-${i}`, namespace: `isopod-${id}-${i}`, address: `${subnet}.${10 + i}` })),
  };
}

export function createLocalNetwork(network: LocalNetwork, dataDir: string): void {
  removeLocalNetwork(network, dataDir);
  run("ip", ["link", "add", network.bridge, "type", "bridge"]);
  run("ip", ["addr", "add", `${network.hostAddress}/${PREFIX_LENGTH}`, "dev", network.bridge]);
  run("ip", ["link", "set", network.bridge, "up"]);
  allowForwarding(network, dataDir);
  network.nodes.forEach((node, i) => connectNode(network, node, i));
}

function connectNode(network: LocalNetwork, node: LocalNodeNetwork, index: number): void {
  const outer = `${outerLinkPrefix(network)}${index}`;
  const inside = (...args: string[]) => run("ip", ["-n", node.namespace, ...args]);
  run("ip", ["netns", "add", node.namespace]);
  run("ip", ["link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", node.namespace]);
  run("ip", ["link", "set", outer, "master", network.bridge, "up"]);
  inside("link", "set", "lo", "up");
  inside("addr", "add", `${node.address}/${PREFIX_LENGTH}`, "dev", "eth0");
  inside("link", "set", "eth0", "up");
  inside("route", "add", "default", "via", network.hostAddress);
}

/** Nodes and pods reach the world beyond the machine through it. The former setting is kept for the end. */
function allowForwarding(network: LocalNetwork, dataDir: string): void {
  const forwarding = "/proc/sys/net/ipv4/ip_forward";
  writeFileSync(join(dataDir, "ip_forward"), readFileSync(forwarding, "utf8"));
  writeFileSync(forwarding, "1");
  const subnet = `${network.hostAddress}/${PREFIX_LENGTH}`;
  const rules = `table ip ${network.bridge} {
  chain postrouting { type nat hook postrouting priority srcnat; ip saddr ${subnet} oifname != "${network.bridge}" masquerade; }
}
`;
  const file = join(dataDir, "host.nft");
  writeFileSync(file, rules);
  run("nft", ["-f", file]);
  rmSync(file);
}

/** Removes all that `createLocalNetwork` made, now or in an earlier life; what is not there does not matter. */
export function removeLocalNetwork(network: LocalNetwork, dataDir: string): void {
  // The kernel takes its time to end a namespace whose processes were just killed, and with it its side of the link.
  for (const link of linksOf(network)) run("ip", ["link", "del", link], { allowFailure: true });
  for (const namespace of namespacesOf(network)) run("ip", ["netns", "del", namespace], { allowFailure: true });
  run("ip", ["link", "del", network.bridge], { allowFailure: true });
  run("nft", ["delete", "table", "ip", network.bridge], { allowFailure: true });
  const saved = join(dataDir, "ip_forward");
  try {
    if (otherInstallations(network) === 0) writeFileSync("/proc/sys/net/ipv4/ip_forward", readFileSync(saved, "utf8"));
    rmSync(saved);
  } catch { /* it was never changed */ }
}

function namespacesOf(network: LocalNetwork): string[] {
  return run("ip", ["netns", "list"], { allowFailure: true }).split("\n").map((line) => line.split(" ")[0]!).filter((name) => name.startsWith(`isopod-${network.id}-`));
}

const outerLinkPrefix = (network: LocalNetwork): string => `iso${network.id}v`;

function linksOf(network: LocalNetwork): string[] {
  const links = run("ip", ["-o", "link", "show", "type", "veth"], { allowFailure: true });
  return [...links.matchAll(/^\d+: ([^@:\s]+)/gm)].map(([, name]) => name!).filter((name) => name.startsWith(outerLinkPrefix(network)));
}

function otherInstallations(network: LocalNetwork): number {
  const links = run("ip", ["-o", "link", "show", "type", "bridge"], { allowFailure: true });
  return [...links.matchAll(/: (isopod[0-9a-f]{4}):/g)].filter(([, name]) => name !== network.bridge).length;
}
