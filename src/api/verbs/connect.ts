import type { AdmissionAttributes } from "../../admission/plugin.ts";
import { methodNotSupported, methodNotAllowed } from "../../lib/errors.ts";
import type { StreamTarget } from "../../kinds/kind.ts";
import { admit } from "../registry/admission.ts";
import { subjectOf } from "../registry/catalog.ts";
import { existingOf, writeOf, type ResourceCall } from "../registry/resource-call.ts";
import { queryOfOptions, streamOptions } from "../registry/stream-options.ts";

/** Where a stream subresource (log, exec, proxy, …) leads. */
export function connect(call: ResourceCall): StreamTarget {
  const { subresource, request, kind, session, query } = call;
  if (subresource?.type !== "connect") throw methodNotAllowed();
  if (!subresource.methods.includes(request.method)) throw methodNotSupported(subjectOf(kind), request.method);
  const segment = request.name!;
  const name = subresource.objectName?.(segment) ?? segment;
  const { object } = existingOf({ ...call, request: { ...request, name } });
  const admitted = subresource.options ? admitStream(call, subresource.options) : query;
  return subresource.connect(object, admitted, { reader: session, nowMs: session.nowMs, cluster: session.machinery.host.cluster, kind, path: request.subpath ?? "", method: request.method, name: segment });
}

/** Admission sees the options of the stream. It may refuse, and change what is asked of the node. */
function admitStream(call: ResourceCall, type: string): URLSearchParams {
  const { kind, request: { subresource, namespace, name, subpath = "" }, query } = call;
  const write = writeOf(call, { fieldManager: "", dryRun: false });
  const input = streamOptions(type, query, subpath);
  const inputType = { group: "", version: "v1", kind: input.kind, type };
  const attributes: AdmissionAttributes = { operation: "CONNECT", kind, subresource, namespace, name, input, inputType };
  admit.mutate(attributes, write);
  admit.validate(attributes, write);
  return attributes.reinvocation?.isWanted ? queryOfOptions(type, input, query) : query;
}
