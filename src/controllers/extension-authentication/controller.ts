import { apiService } from "../../kinds/apiregistration/api-service/kind.ts";
import { configMap as configMapKind } from "../../kinds/core/config-map/kind.ts";
import { namespace as namespaceKind } from "../../kinds/core/namespace/kind.ts";
import type { Controller } from "../controller.ts";

const NAMESPACE = "kube-system";
const NAME = "extension-apiserver-authentication";

/** As the aggregator writes them (src/api/aggregation/identity-headers.ts). */
const list = (...values: string[]): string => JSON.stringify(values);

/**
 * Publishes how extension API servers tell who asks: whose client certificates are users, and from whom they may take a
 * user's name in headers. Servers built on upstream's library read it when they start.
 */
export const extensionAuthenticationController: Controller = {
  name: "extension-apiserver-authentication",
  watches: [
    { kind: namespaceKind, keys: ({ type, object }) => (type === "ADDED" && object.metadata.name === NAMESPACE ? [NAME] : []) },
    { kind: configMapKind, keys: ({ type, object: { metadata } }) => (type !== "ADDED" && metadata.name === NAME && metadata.namespace === NAMESPACE ? [NAME] : []) },
    { kind: apiService, keys: ({ type, object }) => (type === "ADDED" && object.spec?.service ? [NAME] : []) },
  ],
  reconcile(tx, _key, cluster) {
    const data = {
      "client-ca-file": cluster.caCertificatePem,
      "requestheader-client-ca-file": cluster.frontProxyCaPem,
      "requestheader-allowed-names": list("front-proxy-client"),
      "requestheader-username-headers": list("X-Remote-User"),
      "requestheader-uid-headers": list("X-Remote-Uid"),
      "requestheader-group-headers": list("X-Remote-Group"),
      "requestheader-extra-headers-prefix": list("X-Remote-Extra-"),
    };
    if (tx.get(configMapKind, NAMESPACE, NAME)) tx.update(configMapKind, NAMESPACE, NAME, (draft) => { draft.data = data; });
    else if (tx.get(namespaceKind, undefined, NAMESPACE)) tx.create(configMapKind, { metadata: { name: NAME, namespace: NAMESPACE }, data });
  },
};
