import { internalError } from "../../../lib/errors.ts";
import type { WriteContext } from "../../kind.ts";
import type { Service } from "../../types/core-v1.generated.ts";
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

  /** Dynamic ports come from the upper part of the range, as with addresses (KEP-3668). */
  next(): number {
    const [low, high] = this.#ctx.cluster.nodePortRange;
    const size = high - low + 1;
    const reserved = Math.min(Math.max(16, Math.floor(size / 32)), 128);
    const start = reserved >= size ? 0 : reserved + Math.floor(this.#ctx.tx.random() * (size - reserved));
    const upper = reserved >= size ? size : size - reserved;
    const offsets = [
      ...Array.from({ length: upper }, (_, i) => (reserved >= size ? i : reserved + ((start - reserved + i) % upper))),
      ...Array.from({ length: size - upper }, (_, i) => i),
    ];
    const offset = offsets.find((o) => !this.#taken.has(low + o) && !this.#own.has(low + o));
    if (offset === undefined) throw internalError("failed to allocate a nodePort: range is full");
    this.#own.add(low + offset);
    return low + offset;
  }
}
