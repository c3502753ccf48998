import { ELEMENT_MAPS, MASQUERADE_MARK, type DesiredRules, type ElementMap } from "./desired-rules.ts";

export const TABLE = "ip isopod";

const SERVICE_KEY = "ipv4_addr . inet_proto . inet_service";
const PORT_KEY = "inet_proto . inet_service";
const TYPES: Readonly<Record<ElementMap, string>> = {
  services: `map { type ${SERVICE_KEY} : verdict; }`,
  endpoints: `map { type ${SERVICE_KEY} . mark : ipv4_addr . inet_service; }`,
  choices: `map { type ${SERVICE_KEY} . mark : mark; }`,
  "node-ports": `map { type ${PORT_KEY} : verdict; }`,
  "node-port-endpoints": `map { type ${PORT_KEY} . mark : ipv4_addr . inet_service; }`,
  "node-port-choices": `map { type ${PORT_KEY} . mark : mark; }`,
  refused: `set { type ${SERVICE_KEY}; }`,
  "refused-node-ports": `set { type ${PORT_KEY}; }`,
  dropped: `set { type ${SERVICE_KEY}; }`,
  hairpin: "set { type ipv4_addr . ipv4_addr; }",
  "host-ports": `map { type ${SERVICE_KEY} : ipv4_addr . inet_service; }`,
  "host-ports-anywhere": `map { type ${PORT_KEY} : ipv4_addr . inet_service; }`,
};

export interface TableFacts {
  /** Addresses of all pods of the cluster. */
  podCidr: string;
  /** This node's own pods. */
  nodePodCidr: string;
  serviceCidr: string;
}

/** Makes the table anew, with everything in it. */
export function fullScript(rules: DesiredRules, facts: TableFacts): string {
  return [
    `add table ${TABLE}`,
    `delete table ${TABLE}`,
    `add table ${TABLE}`,
    ...ELEMENT_MAPS.map((name) => declaration(name)),
    `add map ${TABLE} affinity { type ipv4_addr . ${SERVICE_KEY} : mark; flags timeout; size 65535; }`,
    `add map ${TABLE} node-port-affinity { type ipv4_addr . ${PORT_KEY} : mark; flags timeout; size 65535; }`,
    ...fixedRules(facts),
    ...deltaLines(emptyRules(), rules),
  ].join("\n") + "\n";
}

/** What turns one state into another; empty if there is nothing to do. */
export function deltaScript(before: DesiredRules, after: DesiredRules): string {
  const lines = deltaLines(before, after);
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

export const emptyRules = (): DesiredRules => ({ elements: Object.fromEntries(ELEMENT_MAPS.map((name) => [name, new Map()])) as DesiredRules["elements"], chains: new Map(), udp: new Set() });

/**
 * New chains come before the elements that lead to them, and go after. Services leave before their endpoints, and arrive
 * after them, but nft applies a script as one transaction anyway.
 */
function deltaLines(before: DesiredRules, after: DesiredRules): string[] {
  const newChains = [...after.chains].filter(([name]) => !before.chains.has(name));
  const goneChains = [...before.chains.keys()].filter((name) => !after.chains.has(name));
  const removed = ELEMENT_MAPS.flatMap((map) => elementLines("delete", map, [...before.elements[map]].filter(([key, value]) => after.elements[map].get(key) !== value).map(([key]) => key)));
  const added = ELEMENT_MAPS.flatMap((map) => elementLines("add", map, [...after.elements[map]].filter(([key, value]) => before.elements[map].get(key) !== value).map(([key, value]) => (value ? `${key} : ${value}` : key))));
  return [
    ...newChains.flatMap(([name, rules]) => [`add chain ${TABLE} ${name}`, ...rules.map((rule) => `add rule ${TABLE} ${name} ${rule}`)]),
    ...removed,
    ...added,
    ...goneChains.flatMap((name) => [`flush chain ${TABLE} ${name}`, `delete chain ${TABLE} ${name}`]),
  ];
}

const ELEMENTS_PER_LINE = 500;

function elementLines(verb: "add" | "delete", map: ElementMap, elements: readonly string[]): string[] {
  const lines: string[] = [];
  for (let i = 0; i < elements.length; i += ELEMENTS_PER_LINE) lines.push(`${verb} element ${TABLE} ${map} { ${elements.slice(i, i + ELEMENTS_PER_LINE).join(", ")} }`);
  return lines;
}

function declaration(name: ElementMap): string {
  const [kind, ...rest] = TYPES[name].split(" ");
  return `add ${kind} ${TABLE} ${name} ${rest.join(" ")}`;
}

function fixedRules({ podCidr, nodePodCidr, serviceCidr }: TableFacts): string[] {
  const rule = (chain: string, text: string) => `add rule ${TABLE} ${chain} ${text}`;
  const refusals = (chain: string) => [
    rule(chain, "ip daddr . meta l4proto . th dport @dropped drop"),
    rule(chain, "ip daddr . meta l4proto . th dport @refused reject"),
    rule(chain, "fib daddr type local meta l4proto . th dport @refused-node-ports reject"),
  ];
  return [
    `add chain ${TABLE} dispatch`,
    `add chain ${TABLE} prerouting { type nat hook prerouting priority -100; policy accept; }`,
    `add chain ${TABLE} output { type nat hook output priority -100; policy accept; }`,
    `add chain ${TABLE} postrouting { type nat hook postrouting priority 100; policy accept; }`,
    `add chain ${TABLE} refuse-forwarded { type filter hook prerouting priority -101; policy accept; }`,
    `add chain ${TABLE} refuse-own { type filter hook output priority -101; policy accept; }`,
    rule("prerouting", "jump dispatch"),
    rule("output", "jump dispatch"),
    rule("dispatch", "ip daddr . meta l4proto . th dport vmap @services"),
    rule("dispatch", "fib daddr type local meta l4proto . th dport vmap @node-ports"),
    rule("dispatch", "dnat ip to ip daddr . meta l4proto . th dport map @host-ports"),
    rule("dispatch", "fib daddr type local dnat ip to meta l4proto . th dport map @host-ports-anywhere"),
    ...refusals("refuse-forwarded"),
    ...refusals("refuse-own"),
    rule("postrouting", `ct mark ${MASQUERADE_MARK} masquerade`),
    rule("postrouting", "ct status dnat ip saddr . ip daddr @hairpin masquerade"),
    // Node and host ports answer on the loopback address too, whose packets may not leave as they are; none may come from outside.
    `add chain ${TABLE} no-loopback-from-outside { type filter hook prerouting priority -300; policy accept; }`,
    rule("no-loopback-from-outside", 'iifname != "lo" ip daddr 127.0.0.0/8 drop'),
    rule("postrouting", 'ip saddr 127.0.0.0/8 oifname != "lo" masquerade'),
    // What comes from a pod through a service address to elsewhere keeps its source, as does pod to pod; the world outside
    // the cluster knows no pod addresses.
    rule("postrouting", `ip saddr ${nodePodCidr} ip daddr != ${podCidr} ip daddr != ${serviceCidr} oifname != "lo" masquerade`),
    // The node's own connections to services must come back to it, whatever address its socket had.
    rule("postrouting", `ct status dnat ip saddr ${serviceCidr} masquerade`),
  ];
}
