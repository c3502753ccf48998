import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Node } from "../../src/kinds/types/core-v1.generated.ts";

const execute = promisify(execFile);

/** Marks the routes that are ours (any number that nobody else uses). */
const PROTOCOL = "117";

export interface Route { to: string; via: string }

/** Routes to the pods of the other nodes, by their addresses. */
export function wantedRoutes(nodes: Iterable<Node>, ownName: string): Route[] {
  return [...nodes].filter((node) => node.metadata.name !== ownName).flatMap((node) => {
    const via = node.status?.addresses?.find((address) => address.type === "InternalIP" && !address.address.includes(":"))?.address;
    const to = node.spec?.podCIDR;
    return via && to ? [{ to, via }] : [];
  });
}

/** Keeps the kernel's routes to other nodes' pods as wanted. A node that cannot be reached directly has none, and that is logged. */
export class NodeRoutes {
  readonly #log: (text: string) => void;
  #present = new Map<string, string>();
  #loaded = false;

  constructor(log: (text: string) => void) { this.#log = log; }

  async sync(routes: readonly Route[]): Promise<void> {
    if (!this.#loaded) await this.#load();
    const wanted = new Map(routes.map(({ to, via }) => [to, via]));
    for (const [to, via] of wanted) {
      if (this.#present.get(to) === via) continue;
      try {
        await execute("ip", ["route", "replace", to, "via", via, "proto", PROTOCOL]);
        this.#present.set(to, via);
      } catch (error) {
        this.#log(`no route to the pods ${to} via ${via}: ${error instanceof Error ? error.message.trim() : String(error)}`);
      }
    }
    for (const to of this.#present.keys()) {
      if (wanted.has(to)) continue;
      await execute("ip", ["route", "del", to, "proto", PROTOCOL]).catch(() => {});
      this.#present.delete(to);
    }
  }

  async #load(): Promise<void> {
    const { stdout } = await execute("ip", ["-json", "route", "show", "proto", PROTOCOL]);
    const routes = JSON.parse(stdout || "[]") as { dst: string; gateway?: string }[];
    this.#present = new Map(routes.map(({ dst, gateway }) => [dst, gateway ?? ""]));
    this.#loaded = true;
  }
}
