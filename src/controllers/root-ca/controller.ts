import { configMap as configMapKind } from "../../kinds/core/config-map/kind.ts";
import { namespace as namespaceKind } from "../../kinds/core/namespace/kind.ts";
import { itself, type Controller } from "../controller.ts";

const NAME = "kube-root-ca.crt";

/** Keeps in every namespace the certificate by which its pods know the API server. */
export const rootCaController: Controller = {
  name: "root-ca-certificate-publisher-controller",
  priority: 15,
  watches: [
    itself(namespaceKind),
    { kind: configMapKind, keys: ({ object, type }) => (object.metadata.name === NAME && type !== "ADDED" ? [object.metadata.namespace!] : []) },
  ],
  reconcile(tx, name, cluster) {
    const namespace = tx.get(namespaceKind, undefined, name);
    if (!namespace || namespace.status?.phase === "Terminating") return;
    const data = { "ca.crt": cluster.caCertificatePem };
    const annotations = { "kubernetes.io/description": "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters." };
    if (tx.get(configMapKind, name, NAME)) {
      tx.update(configMapKind, name, NAME, (draft) => { draft.data = data; });
      return;
    }
    tx.create(configMapKind, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: NAME, namespace: name, annotations }, data });
  },
};
