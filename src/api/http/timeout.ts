import { parseDuration } from "../../kinds/values/duration.ts";
import { badRequest } from "../../lib/errors.ts";
import { queryFlag } from "../path.ts";

/** Their queries are for whoever answers at the other end. */
const streams = /\/(proxy|exec|attach|portforward|log)(\/|$)/;

/**
 * The query's `timeout` says how long the client would wait, as a Go duration. Requests are answered in far less, so
 * only its form matters: as upstream, one that cannot be read is a bad request. Watches have `timeoutSeconds` instead.
 */
export function refuseBadTimeout({ search, searchParams, pathname }: URL): void {
  if (!search.includes("timeout=")) return;
  const text = searchParams.get("timeout");
  if (!text || queryFlag(searchParams.get("watch")) || streams.test(pathname)) return;
  try {
    parseDuration(text);
  } catch (error) {
    throw badRequest(`invalid timeout specified in the request URL - ${(error as Error).message}`);
  }
}
