/** core/v1 ServiceAccount: the identity of a pod; its subresource `token` issues credentials. */
import type { Kind } from "../../kind.ts";
import type { ServiceAccount } from "../../types/core-v1.generated.ts";
import { ageColumn, nameColumn } from "../../columns.ts";
import { example } from "./example.ts";
import { tokenSubresource } from "./token.ts";

const ENFORCE_MOUNTABLE = "kubernetes.io/enforce-mountable-secrets";

/** Of references to secrets only the name is kept. */
function cleanReferences(obj: ServiceAccount): void {
  if (obj.secrets) obj.secrets = obj.secrets.map(({ name }) => ({ ...(name !== undefined && { name }) }));
}

export const serviceAccount: Kind<ServiceAccount> = {
  group: "", kind: "ServiceAccount", resource: "serviceaccounts", singular: "serviceaccount", shortNames: ["sa"],
  scope: "Namespaced",
  versions: [{ version: "v1", type: "io.k8s.api.core.v1.ServiceAccount" }],
  strategy: {
    hasGeneration: false,
    returnsDeleted: true,
    prepareForCreate: cleanReferences,
    prepareForUpdate: cleanReferences,
    warnings: (obj, old) => (obj.metadata.annotations?.[ENFORCE_MOUNTABLE] !== undefined && old?.metadata.annotations?.[ENFORCE_MOUNTABLE] === undefined
      ? [`metadata.annotations[${ENFORCE_MOUNTABLE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`] : []),
  },
  subresources: { token: tokenSubresource },
  columns: [nameColumn, ageColumn],
  example,
};
