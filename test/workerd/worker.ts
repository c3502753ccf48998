import { DurableObject } from "cloudflare:workers";

export { Cluster } from "../../src/durable/cluster.ts";

/** Lends its storage to the contract suite. */
export class StoreHost extends DurableObject {}

export default { fetch: () => new Response("for tests only") };
