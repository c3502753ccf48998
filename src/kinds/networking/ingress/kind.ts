/** networking.k8s.io/v1 Ingress: HTTP routes from outside to services. Whoever serves them reports the addresses in the status. */
import type { Kind } from "../../kind.ts";
import { restore, statusSubresource } from "../../status-subresource.ts";
import type { Ingress } from "../../types/networking-v1.generated.ts";
import { columns } from "./columns.ts";
import { example } from "./example.ts";
import { CLASS_ANNOTATION, validateIngress, validateIngressStatus } from "./validate.ts";

export const ingress: Kind<Ingress> = {
  group: "networking.k8s.io", kind: "Ingress", resource: "ingresses", singular: "ingress", shortNames: ["ing"],
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.networking.v1.Ingress" }],
  strategy: {
    hasGeneration: true,
    prepareForCreate(obj) { obj.status = { loadBalancer: {} }; },
    prepareForUpdate: (obj, old) => restore(obj, old, "status"),
    validate: (obj, _ctx, old) => validateIngress(obj, old),
    warnings: ({ metadata, spec }, old) => (!old && metadata.annotations?.[CLASS_ANNOTATION] !== undefined && spec?.ingressClassName === undefined
      ? [`annotation ${JSON.stringify(CLASS_ANNOTATION)} is deprecated, please use 'spec.ingressClassName' instead`] : []),
  },
  subresources: { status: statusSubresource({ validateUpdate: validateIngressStatus }) },
  columns,
  example,
};
