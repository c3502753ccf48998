import { internalError } from "../../../lib/errors.ts";
import type { WriteContext } from "../../kind.ts";
import type { Service } from "../../types/core-v1.generated.ts";
import { dynamicFirst, reservedOf } from "./bands.ts";
import { refuse } from "./refuse.ts";
import { allocatesNodePorts, needsHealthCheckPort } from "./traits.ts";

/** Ports on all nodes that a service has to itself, the one of its health check included. */
export function heldNodePorts({ spec }: Service): number[] {
  const ports = (spec?.ports ?? []).flatMap((port) => (port.nodePort ? [port.nodePort] : []));
  return spec?.healthCheckNodePort ? [...ports, spec.healthCheckNodePort] : ports;
}

/** Claims the ports that the service asks for, and allocates what it lacks. `old` is what it holds already. */
export function allocateNodePorts(obj: Service, old: Service | undefined, ctx: WriteContext): void {
  const spec = obj.spec!;
  if (!spec.ports?.length && !needsHealthCheckPort(spec)) return;
  if (!allocatesNodePorts(spec) && heldNodePorts(obj).length === 0 && !needsHealthCheckPort(spec)) return;
  const ports = new PortPool(obj, old, ctx);
  // One port number may serve TCP and UDP: the second of two entries with the same port shares the first one's node port.
  const byPort = new Map<number, number>();
  spec.ports?.forEach((port, i) => {
    if (!port.nodePort && !allocatesNodePorts(spec)) return;
    const shared = byPort.get(port.port);
    if (!port.nodePort && !old) port.nodePort = shared ?? spec.ports!.find((p) => p.port === port.port && p.nodePort)?.nodePort;
    if (port.nodePort) ports.claim(port.nodePort, `spec.ports[${i}].nodePort`);
    else port.nodePort = ports.next();
    byPort.set(port.port, port.nodePort);
  });
  if (!needsHealthCheckPort(spec)) return;
  if (spec.healthCheckNodePort) ports.claim(spec.healthCheckNodePort, "spec.healthCheckNodePort");
  else spec.healthCheckNodePort = ports.next();
}

/** Of the port range's size, for asking; at least 16 and at most 128. */
const RESERVED_STEP = 32;
const RESERVED_MAX = 128;

class PortPool {
  readonly #name: string;
  readonly #taken = new Set<number>();
  readonly #own: Set<number>;
  readonly #ctx: WriteContext;

  constructor(obj: Service, old: Service | undefined, ctx: WriteContext) {
    this.#name = obj.metadata.name ?? "";
    this.#ctx = ctx;
    this.#own = new Set(old && heldNodePorts(old));
    for (const other of ctx.tx.list<Service>(ctx.kind, { field: { path: "holdsNodePorts", value: "true" } })) {
      if (other.metadata.name === obj.metadata.name && other.metadata.namespace === obj.metadata.namespace) continue;
      for (const port of heldNodePorts(other)) this.#taken.add(port);
    }
    // What the service asks for itself must not be handed out to another of its ports.
    for (const port of heldNodePorts(obj)) if (!this.#taken.has(port)) this.#own.add(port);
  }

  claim(port: number, field: string): void {
    const [low, high] = this.#ctx.cluster.nodePortRange;
    if (this.#taken.has(port)) refuse(this.#name, field, port, "provided port is already allocated");
    if (port < low || port > high) {
      refuse(this.#name, field, port, `provided port is not in the valid range. The range of valid ports is ${low}-${high}`);
    }
  }

  next(): number {
    const [low, high] = this.#ctx.cluster.nodePortRange;
    const size = high - low + 1;
    for (const offset of dynamicFirst({ size, reserved: reservedOf(size, RESERVED_STEP, RESERVED_MAX) }, () => this.#ctx.tx.random())) {
      const port = low + offset;
      if (this.#taken.has(port) || this.#own.has(port)) continue;
      this.#own.add(port);
      return port;
    }
    throw internalError("failed to allocate a nodePort: range is full");
  }
}
