import type { Service } from "../../../types/core-v1.generated.ts";
import { quantityFromUnits } from "../../../values/quantity.ts";
import type { Evaluator } from "./evaluator.ts";

const NAMES = new Set(["count/services", "services", "services.nodeports", "services.loadbalancers"]);
const ONE = quantityFromUnits(1);

export const services: Evaluator = {
  concerns: (name) => NAMES.has(name),
  usage: (obj: Service) => ({
    "count/services": ONE, services: ONE,
    "services.nodeports": quantityFromUnits(nodePorts(obj)),
    "services.loadbalancers": quantityFromUnits(obj.spec?.type === "LoadBalancer" ? 1 : 0),
  }),
  checksUpdate: (_obj, _old, subresource) => subresource === undefined,
  recounts: (obj: Service, old: Service) => obj.spec?.type !== old.spec?.type || nodePorts(obj) !== nodePorts(old),
};

/** By intent: at admission they are not allocated yet. */
function nodePorts({ spec }: Service): number {
  const ports = spec?.ports ?? [];
  if (spec?.type === "NodePort") return ports.length;
  if (spec?.type !== "LoadBalancer") return 0;
  return spec.allocateLoadBalancerNodePorts === false ? ports.filter((port) => port.nodePort).length : ports.length;
}
