import type { HostPort, SchedulerPlugin } from "../../plugin.ts";
import { podDemand } from "../../requests.ts";

export const nodePorts: SchedulerPlugin = {
  name: "NodePorts",
  filter: (pod, { hostPorts }) => {
    const wanted = podDemand(pod).hostPorts;
    const taken = wanted.some((port) => hostPorts.some((other) => collide(port, other)));
    return taken ? ["node(s) didn't have free ports for the requested pod ports"] : [];
  },
};

/** The wildcard address collides with every address. */
function collide(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === "0.0.0.0" || b.ip === "0.0.0.0");
}
