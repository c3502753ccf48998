import { methodNotSupported } from "../../lib/errors.ts";
import type { StreamTarget } from "../../kinds/kind.ts";
import { subjectOf } from "../registry/catalog.ts";
import { existingOf, notAllowed, type ResourceCall } from "../registry/resource-call.ts";

/** Where a stream subresource (log, exec, proxy, …) leads. */
export function connect(call: ResourceCall): StreamTarget {
  const { subresource, request, kind, session, query } = call;
  if (subresource?.type !== "connect") throw notAllowed();
  if (!subresource.methods.includes(request.method)) throw methodNotSupported(subjectOf(kind), request.method);
  const segment = request.name!;
  const name = subresource.objectName?.(segment) ?? segment;
  const { object } = existingOf({ ...call, request: { ...request, name } });
  return subresource.connect(object, query, { reader: session, nowMs: session.nowMs, cluster: session.machinery.host.cluster, kind, path: request.subpath ?? "", method: request.method, name: segment });
}
