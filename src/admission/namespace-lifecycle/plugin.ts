import { namespace } from "../../kinds/core/namespace/kind.ts";
import { ApiError, forbidden, notFound } from "../../lib/errors.ts";
import type { AdmissionPlugin } from "../plugin.ts";

/** A new object needs a namespace that exists and is not going away; the system's own namespaces cannot be deleted. */
const immortal = ["default", "kube-system", "kube-public"];

export const namespaceLifecycle: AdmissionPlugin = {
  name: "NamespaceLifecycle",
  handles: ({ operation, kind, subresource }) =>
    operation === "DELETE" ? kind === namespace : operation === "CREATE" && subresource === undefined && kind.scope === "Namespaced",
  mutate({ operation, kind, name, namespace: of }, { reader }) {
    if (operation === "DELETE") {
      if (immortal.includes(name!)) throw forbidden({ group: "", resource: "namespaces", name }, "this namespace may not be deleted");
      return;
    }
    if (!of) return; // Validation says what is missing.
    const found = reader.get(namespace, undefined, of);
    if (!found) throw notFound({ group: "", resource: "namespaces", name: of });
    if (found.status?.phase === "Terminating" || found.metadata.deletionTimestamp) throw terminating(kind, name, of);
  },
};

function terminating(kind: { group: string; resource: string }, name: string | undefined, of: string): ApiError {
  const error = forbidden({ group: kind.group, resource: kind.resource, name: name ?? "" }, `unable to create new content in namespace ${of} because it is being terminated`);
  error.status.details!.causes = [{ reason: "NamespaceTerminating", message: `namespace ${of} is being terminated`, field: "metadata.namespace" }];
  return error;
}
