import { DurableObject } from "cloudflare:workers";

/** Lends its storage to the contract suite. */
export class StoreHost extends DurableObject {}

export default { fetch: () => new Response("for tests only") };
