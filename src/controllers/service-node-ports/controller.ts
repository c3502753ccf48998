import { service } from "../../kinds/core/service/kind.ts";
import { heldNodePorts } from "../../kinds/core/service/node-ports.ts";
import type { Service } from "../../kinds/types/core-v1.generated.ts";
import { splitKey, type Controller } from "../controller.ts";

const SOURCE = "portallocator-repair-controller";

/**
 * Proves that no node port was given to two Services, and tells of one that was, or that lies outside of the range. There is
 * nothing to mend: which ports are taken is read from the Services themselves.
 */
export const serviceNodePortsController: Controller = {
  name: SOURCE,
  watches: [{ kind: service, keys: ({ type, object, previous }) => (type !== "DELETED" && !samePorts(object, previous) ? [`${object.metadata.namespace}/${object.metadata.name}`] : []) }],
  reconcile(tx, key, { nodePortRange: [low, high] }) {
    const { namespace, name } = splitKey(key);
    const owner = tx.get(service, namespace, name);
    if (!owner) return;
    const warn = (reason: string, message: string) => tx.event(owner, { type: "Warning", source: SOURCE, reason, message, action: "PortAllocation" });
    const others = tx.list<Service>(service, { field: { path: "holdsNodePorts", value: "true" } }).filter(({ metadata }) => metadata.uid !== owner.metadata.uid);
    const taken = new Set(others.flatMap(heldNodePorts));
    for (const port of new Set(heldNodePorts(owner))) {
      if (taken.has(port)) warn("PortAlreadyAllocated", `Port ${port} was assigned to multiple services; please recreate service`);
      if (port < low || port > high) warn("PortOutOfRange", `Port ${port} is not within the port range ${low}-${high}; please recreate service`);
    }
  },
};

const samePorts = (now: Service, before: Service | undefined): boolean => heldNodePorts(now).join() === (before ? heldNodePorts(before).join() : "");
