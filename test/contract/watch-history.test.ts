import * as fc from "fast-check";
import { expect, test } from "vitest";
import { aConfigMap, NodeCluster, type FakeSocket } from "./node-cluster.ts";

// A recorded history: whatever happens to cluster, socket and client, a watcher that resumes from the last revision that
// it has seen gets each event exactly once, in order.

const MAPS = "/api/v1/namespaces/default/configmaps";
const fault = fc.constantFrom("write", "write", "write", "burst", "evict", "cut", "slow", "fast", "rest");

test("no event is lost or repeated, whatever is evicted, cut or slowed", async () => {
  await fc.assert(fc.asyncProperty(fc.array(fault, { minLength: 5, maxLength: 40 }), async (faults) => {
    using cluster = new NodeCluster({ controllers: [] });
    const start = cluster.core.store.revision;
    const watcher = new Watcher(cluster, start);
    let writes = 0;
    const write = () => cluster.sendNow("POST", MAPS, aConfigMap(`m${writes++}`));
    for (const one of faults) {
      if (one === "write") write();
      else if (one === "burst") for (let i = 0; i < 30; i++) write();
      else if (one === "evict") cluster.evict();
      else if (one === "cut") watcher.cut();
      else if (one === "rest") await cluster.rest(2);
      else watcher.socket.backlog = one === "slow" ? 10_000_000 : 0;
    }
    watcher.socket.backlog = 0;
    if (writes > 0) write(); // an evicted cluster finds its lagging watchers at the next event
    await cluster.rest(30);
    watcher.take();
    expect(watcher.seen).toEqual(Array.from({ length: writes > 0 ? writes : 0 }, (_, i) => start + 1 + i));
  }), { numRuns: 60, seed: 11 });
}, 60_000);

class Watcher {
  readonly seen: number[] = [];
  socket: FakeSocket;
  readonly #cluster: NodeCluster;
  readonly #start: number;

  constructor(cluster: NodeCluster, start: number) {
    this.#cluster = cluster;
    this.#start = start;
    this.socket = this.#open();
  }

  take(): void {
    this.seen.push(...this.socket.events().map((event) => Number(event.object.metadata.resourceVersion)));
  }

  /** The connection breaks: what was on its way is lost if the client had not read it yet. */
  cut(): void {
    if (this.seen.length % 2 === 0) this.take();
    this.socket.sent.length = 0;
    this.#cluster.disconnect(this.socket);
    this.socket = this.#open();
  }

  #open(): FakeSocket {
    return this.#cluster.watch(`${MAPS}?watch=true&resourceVersion=${this.seen.at(-1) ?? this.#start}`);
  }
}
