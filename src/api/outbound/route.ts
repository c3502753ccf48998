import type { Hop, ServiceReference } from "../../kinds/core/service/route.ts";
import { serviceUnavailable } from "../../lib/errors.ts";

/** Where a call is dialled, and from which node. */
export type Route = Required<Hop>;

/** A service of the cluster, or an address that its nodes reach. */
export type Destination = { service: ServiceReference } | { host: string; port: number };

/** So many ways are tried before a call fails. */
const WAYS_MAX = 3;

/**
 * Ways to the same server, in the order in which they are tried: a random one first, and those through nodes that are
 * connected before the others. Throws ApiError when there is none.
 */
export function routesThrough(hops: readonly Hop[], connected: readonly string[], random: () => number): Route[] {
  const routes = hops.flatMap((hop) => (hop.node ? [hop as Route] : connected.slice(0, WAYS_MAX).map((node) => ({ ...hop, node }))));
  if (routes.length === 0) throw serviceUnavailable(`no node is connected that could reach ${hops[0]?.host ?? "it"}`);
  const reachable = new Set(connected);
  const turned = rotate(routes, Math.floor(random() * routes.length));
  return [...turned.filter(({ node }) => reachable.has(node)), ...turned.filter(({ node }) => !reachable.has(node))].slice(0, WAYS_MAX);
}

const rotate = <T>(list: readonly T[], by: number): T[] => [...list.slice(by), ...list.slice(0, by)];
