import { execFile } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Service } from "../../../src/kinds/types/core-v1.generated.ts";
import type { EndpointSlice } from "../../../src/kinds/types/discovery-v1.generated.ts";
import { desiredRules, type DesiredRules, type HostPortMapping } from "./desired-rules.ts";
import { deltaScript, fullScript, TABLE, type TableFacts } from "./nft-script.ts";

const execute = promisify(execFile);

export interface ServiceProxyOptions {
  nodeName: string;
  table: TableFacts;
  /** Service addresses that this node answers itself (DNS, the API server): never translated. */
  ownAddresses: ReadonlySet<string>;
  dataDir: string;
  log(text: string): void;
}

/**
 * Service addresses on this node, in one nftables table. `sync` may be called as often as one likes: calls that come while an
 * update runs make one further update. What nft refuses is answered by making the whole table anew.
 */
export class ServiceProxy {
  readonly #options: ServiceProxyOptions;
  #applied: DesiredRules | undefined;
  #running: Promise<void> | undefined;
  #next: DesiredRules | undefined;

  constructor(options: ServiceProxyOptions) { this.#options = options; }

  /** Resolves when the table is as these services want it, or newer. */
  sync(services: Iterable<Service>, slices: Iterable<EndpointSlice>, hostPorts: Iterable<HostPortMapping>): Promise<void> {
    this.#next = desiredRules(services, slices, this.#options.nodeName, this.#options.ownAddresses, hostPorts);
    return (this.#running ??= this.#run());
  }

  async #run(): Promise<void> {
    try {
      while (this.#next) {
        const wanted = this.#next;
        this.#next = undefined;
        await this.#apply(wanted);
      }
    } finally {
      this.#running = undefined;
    }
  }

  async #apply(wanted: DesiredRules): Promise<void> {
    const before = this.#applied;
    this.#applied = undefined;
    const delta = before && deltaScript(before, wanted);
    if (delta !== "") {
      try {
        await this.#nft(delta ?? fullScript(wanted, this.#options.table));
      } catch (error) {
        if (delta === undefined) throw error;
        this.#options.log(`service proxy: an update was refused, making the table anew: ${error instanceof Error ? error.message : String(error)}`);
        await this.#nft(fullScript(wanted, this.#options.table));
      }
    }
    this.#applied = wanted;
    if (before) await this.#forgetUdp(before, wanted);
  }

  async #nft(script: string): Promise<void> {
    const file = join(this.#options.dataDir, "services.nft");
    writeFileSync(file, script, { mode: 0o600 });
    try {
      await execute("nft", ["-f", file]);
    } finally {
      rmSync(file, { force: true });
    }
  }

  /** A UDP "connection" to an endpoint that is gone would go on being translated to it. */
  async #forgetUdp(before: DesiredRules, after: DesiredRules): Promise<void> {
    for (const flow of before.udp) if (!after.udp.has(flow)) await this.#forget(flow);
    // Packets that were refused before the first endpoint came have left entries too.
    const servedNow = [...after.elements.services.keys()].filter((key) => key.includes("udp") && !before.elements.services.has(key));
    for (const key of servedNow) {
      const [address, , port] = key.split(" . ");
      await execute("conntrack", ["-D", "-p", "udp", "--orig-dst", address!, "--orig-port-dst", port!]).catch(() => {});
    }
  }

  async #forget(flow: string): Promise<void> {
    const [target, endpoint] = flow.split(">");
    const port = target!.slice(target!.lastIndexOf(".") + 1);
    const address = target!.slice(0, target!.lastIndexOf("."));
    // conntrack fails when nothing matched, which is fine.
    await execute("conntrack", ["-D", "-p", "udp", "--orig-dst", address, "--orig-port-dst", port, "--dst-nat", endpoint!]).catch(() => {});
  }

  /** Takes the table away. */
  async stop(): Promise<void> {
    await this.#running?.catch(() => {});
    await execute("nft", ["delete", "table", ...TABLE.split(" ")]).catch(() => {});
  }
}
