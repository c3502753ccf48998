import type { Call } from "../call.ts";
import { pathNotFound } from "../http/resource.ts";
import type { ApiRequest } from "../request.ts";

/** Streams to agents. */
export async function serveConnect(_call: Call, _request: ApiRequest): Promise<Response> {
  throw pathNotFound();
}
