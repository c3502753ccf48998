import { createSocket, type Socket } from "node:dgram";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import type { Service } from "../../../src/kinds/types/core-v1.generated.ts";
import type { EndpointSlice } from "../../../src/kinds/types/discovery-v1.generated.ts";
import { answer } from "./answer.ts";
import { Zone } from "./zone.ts";

const FORWARD_MS_MAX = 2_000;
const TCP_IDLE_MS_MAX = 10_000;
const TCP_CONNECTIONS_MAX = 256;
const FORWARDS_MAX = 512;

/** Cluster DNS on this node, by UDP and TCP. It never fails for want of the control plane: it answers from what it last knew. */
export class DnsServer {
  #zone: Zone;
  readonly #domain: string;
  readonly #upstreams: readonly string[];
  #udp: Socket | undefined;
  #tcp: Server | undefined;
  #forwards = 0;

  constructor(domain: string, upstreams: readonly string[]) {
    this.#domain = domain;
    this.#zone = new Zone(domain, [], []);
    this.#upstreams = upstreams;
  }

  update(services: Iterable<Service>, slices: Iterable<EndpointSlice>): void {
    this.#zone = new Zone(this.#domain, services, slices);
  }

  async listen(address: string, port = 53): Promise<void> {
    const answerer = { zone: () => this.#zone, forward: (query: Buffer) => this.#forward(query) };
    const udp = createSocket("udp4");
    this.#udp = udp;
    udp.on("message", (query, from) => {
      void answer(query, answerer, true).then((reply) => { if (reply) udp.send(reply, from.port, from.address, () => {}); });
    });
    udp.on("error", () => {}); // a client that is gone already
    await new Promise<void>((resolve, reject) => udp.once("error", reject).bind(port, address, () => resolve()));

    const tcp = createServer((connection) => {
      let pending = Buffer.alloc(0);
      connection.setTimeout(TCP_IDLE_MS_MAX, () => connection.destroy());
      connection.on("error", () => connection.destroy());
      connection.on("data", (chunk) => {
        pending = Buffer.concat([pending, chunk]);
        while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
          const query = pending.subarray(2, 2 + pending.readUInt16BE(0));
          pending = pending.subarray(2 + query.length);
          void answer(Buffer.from(query), answerer, false).then((reply) => {
            if (!reply || connection.destroyed) return;
            const length = Buffer.alloc(2);
            length.writeUInt16BE(reply.length);
            connection.write(Buffer.concat([length, reply]));
          });
        }
      });
    });
    tcp.maxConnections = TCP_CONNECTIONS_MAX;
    this.#tcp = tcp;
    await new Promise<void>((resolve, reject) => tcp.once("error", reject).listen(udp.address().port, address, () => resolve()));
  }

  get port(): number { return this.#udp!.address().port; }

  async #forward(query: Buffer): Promise<Buffer | undefined> {
    if (this.#forwards >= FORWARDS_MAX) return undefined;
    this.#forwards++;
    try {
      for (const upstream of this.#upstreams) {
        const reply = await ask(upstream, query);
        if (reply) return reply;
      }
      return undefined;
    } finally {
      this.#forwards--;
    }
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => (this.#udp ? this.#udp.close(() => resolve()) : resolve()));
    await new Promise<void>((resolve) => (this.#tcp ? this.#tcp.close(() => resolve()) : resolve()));
  }
}

/** Name servers of the machine, for names outside the cluster. */
export function systemNameServers(file = "/etc/resolv.conf"): string[] {
  try {
    return [...readFileSync(file, "utf8").matchAll(/^nameserver\s+(\d+\.\d+\.\d+\.\d+)\s*$/gm)].map(([, address]) => address!);
  } catch {
    return [];
  }
}

function ask(server: string, query: Buffer): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const finish = (reply: Buffer | undefined) => {
      clearTimeout(timer);
      socket.close();
      resolve(reply);
    };
    const timer = setTimeout(() => finish(undefined), FORWARD_MS_MAX);
    socket.once("error", () => finish(undefined));
    socket.on("message", (reply) => { if (reply.length >= 12 && reply.readUInt16BE(0) === query.readUInt16BE(0)) finish(reply); });
    socket.connect(53, server, () => socket.send(query));
  });
}
