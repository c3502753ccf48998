import type { Environment, TunnelStub } from "../environment.ts";

export function tunnelOf(env: Environment, clusterId: string, node: string): TunnelStub {
  return env.TUNNEL.getByName(`${clusterId}/${node}`);
}
