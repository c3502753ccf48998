import { itself, type Controller } from "../../../controllers/controller.ts";
import { namespace as namespaceKind } from "../namespace/kind.ts";
import { serviceAccount as serviceAccountKind } from "./kind.ts";

const DEFAULT = "default";

/** Every namespace has a service account `default`, also after somebody deleted it. */
export const serviceAccountController: Controller = {
  name: "service-account-controller",
  priority: 15,
  watches: [
    itself(namespaceKind),
    { kind: serviceAccountKind, keys: ({ object, type }) => (object.metadata.name === DEFAULT && type === "DELETED" ? [object.metadata.namespace!] : []) },
  ],
  reconcile(tx, name) {
    const namespace = tx.get(namespaceKind, undefined, name);
    if (!namespace || namespace.status?.phase === "Terminating" || tx.get(serviceAccountKind, name, DEFAULT)) return;
    tx.create(serviceAccountKind, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: DEFAULT, namespace: name } });
  },
};
