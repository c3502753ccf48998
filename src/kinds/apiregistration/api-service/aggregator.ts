import type { OutboundCall } from "../../../lib/outbound.ts";
import type { APIService } from "../../types/apiregistration-v1.generated.ts";

/** The cluster itself as extension API servers know it: it may do everything there. */
const headers = { "Accept": "application/json", "X-Remote-User": "system:kube-aggregator", "X-Remote-Group": "system:masters" };

/** Where a server has the version. */
export function rootOf({ spec }: APIService): string {
  return spec!.group ? `/apis/${spec!.group}/${spec!.version}` : `/api/${spec!.version}`;
}

/** A call to the server behind an APIService. */
export function callOf({ spec }: APIService, call: Pick<OutboundCall, "method" | "timeoutMs"> & Partial<OutboundCall> & { path: string }): OutboundCall {
  const { namespace, name, port = 443 } = spec!.service!;
  const { path, ...rest } = call;
  return {
    endpoint: {
      service: { namespace: namespace!, name: name!, port, path },
      ...(spec!.caBundle && { caBundle: spec!.caBundle }), ...(spec!.insecureSkipTLSVerify && { insecureSkipTLSVerify: true }),
    },
    asFrontProxy: true, ...rest, headers: { ...headers, ...rest.headers },
  };
}
