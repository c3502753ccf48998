/** discovery.k8s.io/v1 EndpointSlice: where a service's traffic goes, in pieces of at most a thousand endpoints. */
import type { Kind } from "../../kind.ts";
import type { EndpointSlice } from "../../types/discovery-v1.generated.ts";
import { sameValue } from "../../field-checks.ts";
import { columns } from "./columns.ts";
import { defaultEndpointSlice } from "./defaults.ts";
import { example } from "./example.ts";
import { validateEndpointSlice, validateEndpointSliceUpdate } from "./validate.ts";

export const endpointSlice: Kind<EndpointSlice> = {
  group: "discovery.k8s.io", kind: "EndpointSlice", resource: "endpointslices", singular: "endpointslice",
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.discovery.v1.EndpointSlice" }],
  strategy: {
    hasGeneration: true,
    defaults: defaultEndpointSlice,
    prepareForCreate: dropTopology,
    prepareForUpdate(obj, old) {
      dropTopology(obj);
      if (!sameValue(obj.metadata.labels, old.metadata.labels)) obj.metadata.generation = (old.metadata.generation ?? 0) + 1;
    },
    validate: validateEndpointSlice,
    validateUpdate: validateEndpointSliceUpdate,
    warnings: (obj, old) => (!old && obj.addressType === "FQDN" ? ["spec.addressType: FQDN endpoints are deprecated"] : []),
  },
  columns,
  /** As controllers and the service proxy look slices up. */
  indexes: { service: serviceOf },
  example,
};

/** A field of v1beta1 that v1 does not write. */
function dropTopology(obj: EndpointSlice): void {
  for (const endpoint of obj.endpoints ?? []) delete endpoint.deprecatedTopology;
}

/** `namespace/name` of the service that it belongs to. */
function serviceOf({ metadata }: EndpointSlice): string | undefined {
  const name = metadata.labels?.["kubernetes.io/service-name"];
  return name ? `${metadata.namespace}/${name}` : undefined;
}
