/**
 * Calls out of the cluster: to webhooks and extension API servers, in a service of the cluster or at a URL. One call has one
 * answer, bounded in bytes and time, and never throws: what went wrong is an answer too. `transport.ts` is the real thing;
 * the types are in `src/lib/`, since kinds and admission ask too.
 */
export type { Endpoint, Outbound, OutboundAnswer, OutboundCall } from "../../lib/outbound.ts";
